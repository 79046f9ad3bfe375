import { CLOCK_FAULTS } from './clock.js';
import type { Fault } from './fault.js';
import { LOAD_FAULTS } from './load.js';
import { NETWORK_FAULTS } from './network.js';
import { OPERATOR_FAULTS } from './operators.js';
import { PARTICIPANT_FAULTS } from './participant.js';
import { POSTGRES_FAULTS } from './postgres.js';
import { REDIS_FAULTS } from './redis.js';
import { VERSION_FAULTS } from './versions.js';
import { WORKER_FAULTS } from './workers.js';

/** Everything that can be done to the stage, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  ...WORKER_FAULTS,
  ...POSTGRES_FAULTS,
  ...REDIS_FAULTS,
  ...NETWORK_FAULTS,
  ...PARTICIPANT_FAULTS,
  ...OPERATOR_FAULTS,
  ...CLOCK_FAULTS,
  ...VERSION_FAULTS,
  ...LOAD_FAULTS,
};
export const FAULT_NAMES = Object.keys(FAULTS);

export type { FaultWorld } from './fault.js';
