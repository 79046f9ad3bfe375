/** Outcomes of steps that come to them without an attempt. */
import type { Failure, Json } from './imports.js';
import { refOf } from './instance.js';
import type { EntryOf } from './journal.js';
import type { StepInstance } from './state.js';

type Unplaced<T> = Omit<T, 'seq'>;

export function succeededNow(
  instance: StepInstance,
  at: number,
  output: Json,
  port: string,
): Unplaced<EntryOf<'step.succeeded'>> {
  const attempt = instance.attempt + 1;
  return { type: 'step.succeeded', ...refOf(instance), direction: 'forward', attempt, output, port, at };
}

export function failedNow(instance: StepInstance, at: number, reason: Failure): Unplaced<EntryOf<'step.failed'>> {
  const attempt = instance.attempt + 1;
  return { type: 'step.failed', ...refOf(instance), direction: 'forward', attempt, failure: reason, retryAt: null, at };
}
