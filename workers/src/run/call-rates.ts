/**
 * Keeps calls to the rates that their destinations allow. An instant comes from the ledger; a process that is late for it takes
 * another one, so that calls that were held up together do not go out together.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { takeCallInstant } from '@sagawright/shared/server';
import type { CallRate, Queryable } from '@sagawright/shared/server';

/** So much later than its instant may a call be made, the way of the question included; windows are longer by as much. */
const SLACK = 0.05;
const LEAST_SLACK_MS = 100;

export type AwaitRate = (destination: string, signal: AbortSignal, withinMs: number) => Promise<void>;

/**
 * @param rates by `host:port`; other destinations are never held up
 * @returns resolves when the call may be made, rejects when `signal` is aborted before, or when it may not be made within the
 *   time that the attempt has
 */
export function callRates(
  sql: Queryable,
  rates: ReadonlyMap<string, CallRate>,
  monotonic: () => number = () => performance.now(),
): AwaitRate {
  return async (destination, signal, withinMs) => {
    const rate = rates.get(destination);
    if (rate === undefined) return;
    const slackMs = Math.max(LEAST_SLACK_MS, rate.perMs * SLACK);
    const until = monotonic() + withinMs;
    for (;;) {
      const asked = monotonic();
      const waitMs = await takeCallInstant(sql, destination, { ...rate, perMs: rate.perMs + slackMs }, until - asked);
      if (waitMs === null) throw new Error(`The rate of ${destination} is used up for longer than the call may take.`);
      await delay(Math.ceil(waitMs), undefined, { signal });
      if (monotonic() - asked - waitMs <= slackMs) return;
    }
  };
}
