import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until something holds, looking every few milliseconds, and less often the longer it takes: looking costs the
 * machine that the wait is for. Never a sleep and a hope.
 */
export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 40_000): Promise<void> {
  const begun = performance.now();
  while (!(await holds())) {
    const waited = performance.now() - begun;
    if (waited > patienceMs) throw new Error(`It did not come true within ${patienceMs} ms: ${String(holds)}`);
    await delay(Math.min(50, 10 + waited / 50));
  }
}
