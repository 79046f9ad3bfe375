/**
 * A worker: one tenure after another, until it is told to stop.
 *
 * The doorbell only says "look now"; everything that it may lose is found by the tenure's sweep.
 */
import type { Logger } from '@sagawright/shared/server';
import { Tenure } from './tenure/tenure.js';
import type { TenureSettings, TenureWorld } from './tenure/tenure.js';

export interface Worker {
  /** Look for work now. */
  wake(): void;
  /** Drains: no new attempts, those in flight finish within the patience, everything is parked, the lease is given back. */
  stop(patienceMs: number): Promise<void>;
  /** Ends at once without parking or giving anything back, as a crash would; for tests. */
  crash(): void;
}

const RETRY_MS = 500;

/** Resolves when the first tenure has begun. */
export async function startWorker(world: TenureWorld, settings: TenureSettings): Promise<Worker> {
  let tenure: Tenure | null = null;
  let stopped = false;

  const begin = async (): Promise<void> => {
    const next = new Tenure(world, settings, () => void beginAgain(world.logger));
    await next.begin();
    if (stopped) await next.drain(0);
    else tenure = next;
  };

  const beginAgain = async (logger: Logger): Promise<void> => {
    tenure = null;
    while (!stopped) {
      try {
        return await begin();
      } catch (error) {
        logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'no new tenure yet');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };

  await begin().catch(() => beginAgain(world.logger));
  return {
    wake: () => tenure?.wake(),
    stop: async (patienceMs) => {
      stopped = true;
      await tenure?.drain(patienceMs);
    },
    crash: () => {
      stopped = true;
      tenure?.end();
    },
  };
}
