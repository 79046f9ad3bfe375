import { Initial1700000000001 } from './0001-initial.js';

/** Every migration in order. A new one is a new file and a new line here; published ones never change. */
export const migrations = [Initial1700000000001] as const;
