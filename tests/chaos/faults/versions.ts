/** Two versions of the product at once, as in a rolling update and in one that is taken back. */
import { setTimeout as delay } from 'node:timers/promises';
import { between } from '../random-order.js';
import type { Fault } from './fault.js';

const TOGETHER_MS = 6000;

export const VERSION_FAULTS: Readonly<Record<string, Fault>> = {
  'rolling-restart': {
    about: 'every worker and every backend is replaced in good order, one after another, under load',
    inject: async ({ stage }) => {
      for (let index = 0; index < stage.workerCount; index += 1) {
        const next = await stage.replaceWorker(index, 'current');
        if (next.exitCode !== null) return 0;
      }
      for (let index = 0; index < stage.backendCount; index += 1) await stage.restartBackend(index);
      return 1;
    },
  },
  'older-worker': {
    about: 'a worker is replaced by one of an older build (`--older`) for six seconds, in good order there and back',
    needs: 'older',
    inject: async ({ stage, random }) => {
      const index = between(0, stage.workerCount, random);
      const older = await stage.replaceWorker(index, 'older');
      await delay(TOGETHER_MS);
      const worked = older.exitCode === null && older.signalCode === null;
      await stage.replaceWorker(index, 'current');
      return worked ? 1 : 0;
    },
  },
};
