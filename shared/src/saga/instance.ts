import type { InstanceId, StepInstance } from './state.js';
import type { StepId } from './definition.js';

/** One step in one run at one loop path and generation, as journal entries name it. */
export interface InstanceRef {
  readonly step: StepId;
  /** '' outside containers, else like `items[3]/try` (paths.ts). */
  readonly path: string;
  /** 1-based; 2 and up when a person has the step done again after it had been undone (S21). */
  readonly generation: number;
}

export type Direction = 'forward' | 'undo';

/**
 * `step`, or `step@items[3]`; `step#2@items[3]` is its generation 2 there, and `step@items#2[3]` its first in a loop that is done
 * again itself. Step ids hold neither `@` nor `#`.
 */
export function instanceId({ step, path, generation }: InstanceRef): InstanceId {
  const own = generation === 1 ? step : `${step}#${generation}`;
  return path === '' ? own : `${own}@${path}`;
}

/** Path that an instance lies at, by its id. */
export function pathOfId(id: InstanceId): string {
  const at = id.indexOf('@');
  return at < 0 ? '' : id.slice(at + 1);
}

export function refOf(instance: InstanceRef): InstanceRef {
  return { step: instance.step, path: instance.path, generation: instance.generation };
}

/**
 * The instance as it was when an attempt was made: with the input, key and operation of that attempt's round.
 *
 * @returns null when the attempt is of the round at hand
 */
export function beforeReplacement(instance: StepInstance, attempt: number): StepInstance | null {
  const round = instance.replaced.find(({ upTo }) => attempt <= upTo);
  return round ? { ...instance, input: round.input, key: round.key, override: round.override } : null;
}

/** An instance at the moment when its input has arrived. */
export function readyInstance(ref: InstanceRef, seq: number, at: number): StepInstance {
  return {
    id: instanceId(ref),
    ...ref,
    status: 'ready',
    attempt: 0,
    input: null,
    key: null,
    output: null,
    port: null,
    ports: [],
    failure: null,
    wakeAt: null,
    awaits: [],
    admitted: false,
    nudges: 0,
    childCancelled: false,
    override: null,
    attemptBase: 0,
    round: 1,
    replaced: [],
    doubtful: false,
    abandoned: false,
    parked: false,
    readySeq: seq,
    readyAt: at,
    startedSeq: 0,
    settledSeq: 0,
    startedAt: null,
    settledAt: null,
    undo: {
      status: 'none',
      input: null,
      attempt: 0,
      attemptBase: 0,
      round: 1,
      doubtful: false,
      repeat: false,
      further: [],
      output: null,
      failure: null,
      wakeAt: null,
      awaits: [],
      override: null,
      startedSeq: 0,
      settledSeq: 0,
      startedAt: null,
      settledAt: null,
    },
  };
}
