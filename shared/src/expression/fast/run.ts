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
 * Values looked at or made by one evaluation. It keeps an answer given within a turn of the event loop to milliseconds,
 * and with it everything that grows with the work: items, depth of recursion, memory.
 */
const WORK_LIMIT = 100_000;

class LeaveFastPath extends Error {}

/** Thrown to leave the fast path; made once, because a stack trace costs more than an evaluation. */
export const LEAVE = new LeaveFastPath('The fast path does not answer this; ask the reference evaluator.');

export class Run {
  #work = WORK_LIMIT;

  constructor(
    /** The whole scope, `$$`. */
    readonly root: unknown,
    /** Values of variables that the expression itself binds. */
    readonly slots: unknown[],
    readonly variables: Readonly<Record<string, unknown>>,
    /** Recorded instant in milliseconds since 1970, if there is one. */
    readonly now: number | undefined,
  ) {}

  spend(work: number): void {
    this.#work -= work;
    if (this.#work < 0) throw LEAVE;
  }
}
