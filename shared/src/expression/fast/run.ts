/**
 * One evaluation on the fast path, and the way off it.
 *
 * The fast path only ever answers. Whatever it does not know, whatever would fail and whatever takes too much work makes it
 * leave; the reference evaluator then gives the value or tells what is wrong. Leaving costs nothing but time, because
 * expressions are pure.
 */

/** Compiled form of one node of the syntax tree: its value for an input. Throws {@link LEAVE}. */
export type Fast = (input: unknown, run: Run) => unknown;

/**
 * Nodes evaluated, and values looked at or made by them. It keeps what is answered within a turn of the event loop to
 * milliseconds, and with it everything that grows with the work: items, depth of recursion, memory.
 */
const WORK_LIMIT = 100_000;

class LeaveFastPath extends Error {}

/** Thrown to leave the fast path; made once, because a stack trace costs more than an evaluation. */
export const LEAVE = new LeaveFastPath('The fast path does not answer this; ask the reference evaluator.');

/** The work that may be done within a turn of the event loop: by one expression, or by all of a template. */
export class Budget {
  #left = WORK_LIMIT;

  spend(work: number): void {
    this.#left -= work;
    if (this.#left < 0) throw LEAVE;
  }
}

export class Run {
  constructor(
    /** The whole scope, `$$`. */
    readonly root: unknown,
    /** Values of variables that the expression itself binds. */
    readonly slots: unknown[],
    readonly variables: Readonly<Record<string, unknown>>,
    /** Recorded instant in milliseconds since 1970, if there is one. */
    readonly now: number | undefined,
    private readonly budget: Budget,
  ) {}

  spend(work: number): void {
    this.budget.spend(work);
  }
}
