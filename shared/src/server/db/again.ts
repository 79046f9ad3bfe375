/**
 * Sends a statement again that the database gave up to resolve a conflict with others: it was certainly rolled back.
 *
 * Storing an event locks the runs that it wakes, and a run's commit that starts failure runs does so too, after its own:
 * those two can meet in a circle, and then one of them is given up. So can two runs that publish what both wait for.
 */

/** Deadlock, serialization failure. */
const CONFLICTS = new Set(['40P01', '40001']);
const MOST_TRIES = 5;

/** @throws what the last of a few tries threw, or at once what is no conflict */
export async function untilNoConflict<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (tries >= MOST_TRIES || !isConflict(error)) throw error;
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && CONFLICTS.has(error.code);
}
