import { instanceId } from '@sagawright/shared/saga';
import type { Entry, InstanceId, InstanceRef, SagaDefinition } from '@sagawright/shared/saga';
import type { Failure, Json, JsonObject } from '@sagawright/shared/kernel';
import { instanceParts, placeName } from './place-words.js';

export type AttemptOutcome = 'running' | 'succeeded' | 'failed' | 'unknown' | 'cancelled';

/** One try of a step or of its undo, put together from its entries. Times are milliseconds since 1970. */
export interface Attempt {
  readonly instance: InstanceId;
  readonly direction: 'forward' | 'undo';
  readonly attempt: number;
  readonly from: number;
  readonly to: number | null;
  readonly outcome: AttemptOutcome;
  readonly failure: Failure | null;
  readonly retryAt: number | null;
  /** Idempotency key; null for steps without outside effect. */
  readonly key: string | null;
  readonly input: JsonObject | null;
  readonly output: Json | null;
  readonly late: boolean;
  /** Position of the entry that began it. */
  readonly seq: number;
}

/**
 * All attempts of a run in the order in which they began. Pure steps count as one attempt of no length, containers as one that
 * lasts as long as their bodies. An attempt that is followed by a wait (for a child run) is over when the wait begins, and has
 * come to what the wait comes to.
 */
export function attemptsOf(entries: readonly Entry[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  const open = new Map<string, number>();
  const waiting = new Set<number>();
  for (const entry of entries) {
    if (entry.type === 'step.opened') {
      const opened = { ...entry, direction: 'forward' as const, attempt: 1 };
      open.set(key(opened), attempts.length);
      attempts.push(begun(opened));
    } else if (entry.type === 'step.started') {
      open.set(key(entry), attempts.length);
      attempts.push({ ...begun(entry), key: entry.key, input: entry.input });
    } else if (entry.type === 'step.waiting') {
      const id = instanceId(entry);
      const index = attempts.findLastIndex(
        (each) => each.instance === id && each.direction === entry.direction && each.to === null,
      );
      const attempt = attempts[index];
      if (attempt === undefined) continue;
      attempts[index] = { ...attempt, to: entry.at, outcome: 'succeeded' };
      waiting.add(index);
    } else if (entry.type === 'step.succeeded' || entry.type === 'step.failed' || entry.type === 'step.unknown') {
      const index = open.get(key(entry));
      const attempt = (index === undefined ? undefined : attempts[index]) ?? begun(entry);
      const to = index !== undefined && waiting.has(index) ? attempt.to : entry.at;
      const settled: Attempt =
        entry.type === 'step.succeeded'
          ? {
              ...attempt,
              to,
              outcome: 'succeeded',
              output: entry.output,
              failure: null,
              retryAt: null,
              late: entry.late === true,
            }
          : {
              ...attempt,
              to,
              outcome: entry.type === 'step.failed' ? 'failed' : 'unknown',
              failure: entry.failure,
              retryAt: entry.retryAt,
            };
      if (index === undefined) {
        open.set(key(entry), attempts.length);
        attempts.push(settled);
      } else attempts[index] = settled;
    } else if (entry.type === 'step.cancelled') {
      const id = instanceId(entry);
      const index = attempts.findLastIndex(
        (each) => each.instance === id && each.direction === 'forward' && each.to === null,
      );
      const attempt = attempts[index];
      if (attempt !== undefined) attempts[index] = { ...attempt, to: entry.at, outcome: 'cancelled' };
    } else if (entry.type === 'run.ended') {
      attempts.forEach((each, index) => {
        if (each.to === null) attempts[index] = { ...each, to: entry.at, outcome: 'unknown' };
      });
    }
  }
  return attempts;
}

function begun(entry: InstanceRef & Pick<Attempt, 'direction' | 'attempt' | 'seq'> & { readonly at: number }): Attempt {
  return {
    instance: instanceId(entry),
    direction: entry.direction,
    attempt: entry.attempt,
    from: entry.at,
    to: null,
    outcome: 'running',
    failure: null,
    retryAt: null,
    key: null,
    input: null,
    output: null,
    late: false,
    seq: entry.seq,
  };
}

function key(entry: {
  readonly step: string;
  readonly path: string;
  readonly generation: number;
  readonly direction: string;
  readonly attempt: number;
}): string {
  return `${instanceId(entry)}|${entry.direction}|${String(entry.attempt)}`;
}

/** Title of a step instance: its name, with its place in containers behind it. */
export function instanceName(definition: SagaDefinition, id: InstanceId): string {
  const { step, path, generation } = instanceParts(id);
  const name = stepName(definition, step);
  return `${name}${path === '' ? '' : ` · ${placeName(definition, path)}`}${generation === 1 ? '' : ` · time ${String(generation)}`}`;
}

/** Title of the compensation docked under a step. */
export function undoName(definition: SagaDefinition, id: InstanceId): string {
  const { step, path } = instanceParts(id);
  const undo = definition.steps[step]?.undo;
  const name = undo?.kind === 'compensation' ? undo.name : `Undo ${stepName(definition, step)}`;
  return path === '' ? name : `${name} · ${placeName(definition, path)}`;
}

function stepName(definition: SagaDefinition, id: string): string {
  return definition.steps[id]?.name ?? definition.triggers[id]?.name ?? id;
}
