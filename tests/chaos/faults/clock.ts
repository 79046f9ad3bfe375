/** Clocks that are set while somebody goes by them: leases, timers and schedules go by the database's (I9). */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { between } from '../random-order.js';
import type { Fault } from './fault.js';

/** Long enough to see each of its jumps. */
const JUMPING_MS = 6000;
const PRELOAD = pathToFileURL(path.join(import.meta.dirname, '..', 'jumping-clock.js')).href;

export const CLOCK_FAULTS: Readonly<Record<string, Fault>> = {
  'clock-jump': {
    about: 'the clock of a worker jumps to and fro, by an hour, a day and a year, every second',
    inject: async ({ stage, random }) => {
      const index = between(0, stage.workerCount, random);
      const worker = await stage.killWorker(index, { NODE_OPTIONS: preloaded(stage.workerOptions) });
      await delay(JUMPING_MS);
      const worked = worker.exitCode === null && worker.signalCode === null;
      await stage.killWorker(index);
      return worked ? 1 : 0;
    },
  },
  'backend-clock-jump': {
    about: 'the same of the backend',
    inject: async ({ stage }) => {
      await stage.killBackend({ NODE_OPTIONS: preloaded('') });
      await delay(JUMPING_MS);
      await stage.killBackend();
      return 1;
    },
  },
};

function preloaded(options: string): string {
  return `${options} --import ${PRELOAD}`.trim();
}
