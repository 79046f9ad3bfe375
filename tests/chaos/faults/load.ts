/** Loads of a shape that nothing else here has. */
import { setTimeout as delay } from 'node:timers/promises';
import { FAN_ITEMS } from '../sagas.js';
import type { Fault } from './fault.js';

let fans = 0;

export const LOAD_FAULTS: Readonly<Record<string, Fault>> = {
  'fan-out': {
    about: `one run goes ${FAN_ITEMS.toLocaleString('en')} ways at once, an effect on each, while everybody else has to get on`,
    inject: async ({ cast, startRun }) => {
      fans += 1;
      await startRun(cast.fan, `fan-${fans}`, { items: FAN_ITEMS });
      await delay(3000);
      return 1;
    },
  },
};
