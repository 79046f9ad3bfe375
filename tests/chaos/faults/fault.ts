import type { JsonObject, Random } from '@sagawright/shared/kernel';
import type { Cast } from '../cast.js';
import type { Need, Stage } from '../stage.js';

export interface FaultWorld {
  readonly stage: Stage;
  readonly cast: Cast;
  readonly random: Random;
  readonly leaseMs: number;
  /** Starts a run that is judged with the others. @param name of its own within the storm */
  startRun(workflow: string, name: string, data: JsonObject): Promise<void>;
}

/** One thing that can be done to the stage, by name and again. */
export interface Fault {
  /** For the table: what happens. */
  readonly about: string;
  /** What the stage has to have for it. */
  readonly needs?: Need;
  /**
   * Brings it about, and is over when its cause is over; what it broke may still be mending.
   *
   * @returns how often it came about
   */
  inject(world: FaultWorld): Promise<number>;
}
