/** Loads of a shape that nothing else here has. */
import { setTimeout as delay } from 'node:timers/promises';
import { FAN_ITEMS } from '../sagas.js';
import type { Fault } from './fault.js';

/** Other faults may meet the fan on its way. */
const ALONE_MS = 10_000;

let fans = 0;

export const LOAD_FAULTS: Readonly<Record<string, Fault>> = {
  'fan-out': {
    about: `one run goes ${FAN_ITEMS.toLocaleString('en')} ways at once, an effect on each, while everybody else has to get on`,
    inject: async ({ stage, cast, startRun }) => {
      const { rows } = await stage.db.pool.query(
        'SELECT FROM run WHERE workflow_id = $1 AND ended_at IS NULL LIMIT 1',
        [cast.fan],
      );
      if (rows.length > 0) return 0;
      fans += 1;
      await startRun(cast.fan, `fan-${fans}`, { items: FAN_ITEMS });
      await delay(ALONE_MS);
      return 1;
    },
  },
};
