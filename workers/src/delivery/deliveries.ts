/**
 * Outbound webhooks of this worker: notes become deliveries, deliveries that are due are attempted.
 *
 * A loop of its own with places of its own, so that slow endpoints never hold up runs. It looks about twice a second, and at
 * once again while there is more to do; whatever it leaves undone is in the tables for the next one, here or elsewhere.
 */
import {
  AT_ONCE_PER_ENDPOINT,
  claimDeliveries,
  makeDeliveries,
  sweepCauses,
  sweepDeliveries,
  uuidv7,
} from '@sagawright/shared/server';
import { deliver } from './deliver.js';
import type { DeliveryWorld } from './deliver.js';

export interface DeliverySettings {
  /** Attempts under way at once. */
  readonly concurrency: number;
  readonly perEndpoint?: number;
  readonly pollMs?: number;
  /** How long a claim holds: well beyond the timeout of an attempt. */
  readonly claimMs?: number;
  /** How long the log is kept. */
  readonly keepDays?: number;
}

export interface Deliveries {
  /** Attempts under way may finish within the patience; then the rest is left to others. */
  stop(patienceMs: number): Promise<void>;
  /** Ends at once, as a crash would; for tests. */
  crash(): void;
}

const NOTES_AT_ONCE = 100;
const POLL_MS = 500;
const CLAIM_MS = 60_000;
const SWEEP_EVERY_MS = 60_000;
const SWEEP_LIMIT = 1000;
const KEEP_DAYS = 30;

export function startDeliveries(world: DeliveryWorld, settings: DeliverySettings): Deliveries {
  const { concurrency, perEndpoint = AT_ONCE_PER_ENDPOINT, pollMs = POLL_MS, claimMs = CLAIM_MS } = settings;
  const owner = uuidv7();
  const { pool, transaction } = world.database;
  const over = new AbortController();
  const underWay = new Set<Promise<void>>();
  let stopping = false;
  let sweptAt = performance.now();
  let wake: () => void = () => undefined;

  const attempt = (claimed: Parameters<typeof deliver>[2]): void => {
    const done = deliver(world, owner, claimed, over.signal)
      .catch((error: unknown) =>
        world.logger.warn({ delivery: claimed.id, error: messageOf(error) }, 'a delivery could not be recorded'),
      )
      .finally(() => {
        underWay.delete(done);
        wake();
      });
    underWay.add(done);
  };

  /** @returns whether there may be more to do at once */
  const look = async (): Promise<boolean> => {
    const made = await transaction((sql) => makeDeliveries(sql, NOTES_AT_ONCE));
    if (made > 0) world.failpoint('after-notes');
    const limit = concurrency - underWay.size;
    const claimed = limit <= 0 ? [] : await claimDeliveries(pool, owner, { limit, leaseMs: claimMs, perEndpoint });
    if (over.signal.aborted) return false;
    for (const each of claimed) attempt(each);
    if (performance.now() - sweptAt > SWEEP_EVERY_MS) {
      sweptAt = performance.now();
      await sweepDeliveries(pool, settings.keepDays ?? KEEP_DAYS, SWEEP_LIMIT);
      await sweepCauses(pool, SWEEP_LIMIT);
    }
    return made === NOTES_AT_ONCE || (claimed.length > 0 && claimed.length === limit);
  };

  const run = async (): Promise<void> => {
    while (!stopping) {
      let more = false;
      // Armed before looking: an attempt that ends meanwhile is not missed.
      const woken = new Promise<void>((resolve) => (wake = resolve));
      try {
        more = await look();
      } catch (error) {
        world.logger.warn({ error: messageOf(error) }, 'looking for deliveries failed');
      }
      if (more || stopping) continue;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([woken, new Promise<void>((resolve) => (timer = setTimeout(resolve, pollMs)))]);
      clearTimeout(timer);
    }
  };
  const running = run();

  return {
    stop: async (patienceMs) => {
      stopping = true;
      wake();
      await running;
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
      await Promise.race([Promise.all(underWay), enough]);
      clearTimeout(timer);
      over.abort();
      await Promise.all(underWay);
    },
    crash: () => {
      stopping = true;
      over.abort();
      wake();
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
