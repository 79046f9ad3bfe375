/**
 * Signals: what others have for a run, and what it means for the run as it stands now. The run's owner alone decides; what it
 * refuses leaves no trace in the journal.
 */
import {
  answerWait,
  cancelRefusal,
  entryBodySchema,
  eventTaken,
  isInLine,
  resolutionRefusal,
  resolveIncident,
  ROOT_SCOPE,
  RUN_ITSELF,
  terminateRefusal,
  undoRefusal,
  unknownWord,
} from '@sagawright/shared/saga';
import type { Evaluate, InstanceId, NewEntry, RunState, SagaDefinition, WaitAnswer } from '@sagawright/shared/saga';
import { failure } from '@sagawright/shared/kernel';
import type { Failure } from '@sagawright/shared/kernel';
import { passesFilter } from '@sagawright/shared/event';
import { arrivalSchema } from '@sagawright/shared/server';
import type { Arrival, ParentNews } from '@sagawright/shared/server';

export type SignalReading =
  | { readonly kind: 'entry'; readonly entry: NewEntry }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** The task that the answer was for is still open. */
      readonly reopens?: { readonly instance: InstanceId; readonly arm: string | null };
      /** The parent asked for it, and waits to hear. */
      readonly news?: Omit<ParentNews, 'run' | 'instance'>;
    }
  /** Its slots may be there: somebody has to look. */
  | { readonly kind: 'slot'; readonly instance: InstanceId }
  /** The run's own place may be there. */
  | { readonly kind: 'place' }
  /** An attempt in flight decides what it means. */
  | { readonly kind: 'later' }
  /** Only a later version of this program knows what it means. */
  | { readonly kind: 'unknown'; readonly what: string };

/** The entry to journal, or why the signal is dropped (S18, S21, S23, S25, S26, S31). */
export async function readSignal(
  definition: SagaDefinition,
  state: RunState,
  body: unknown,
  evaluate: Evaluate,
  at: number,
): Promise<SignalReading> {
  const unknown = unknownSignal(body);
  if (unknown !== null) return { kind: 'unknown', what: unknown };
  const arrival = arrivalSchema.safeParse(body);
  if (arrival.success) return await readArrival(definition, state, arrival.data, evaluate, at);
  const parsed = entryBodySchema.safeParse(body);
  if (!parsed.success) return refused('It is not a well-formed signal.');
  const signal = parsed.data;
  switch (signal.type) {
    case 'run.cancel-requested': {
      const refusal = cancelRefusal(definition, state);
      if (refusal !== null) return refused(refusal.message);
      if (state.cancel !== null) return refused('The run is being cancelled already.');
      return { kind: 'entry', entry: { ...signal, at } };
    }
    case 'run.terminate-requested': {
      const refusal = terminateRefusal(state);
      return refusal === null ? { kind: 'entry', entry: { ...signal, at } } : refused(refusal.message);
    }
    case 'run.undo-requested':
      return state.endedAt === null
        ? stopInstead(definition, state, signal, at)
        : undoEnded(definition, state, signal, at);
    case 'incident.resolved': {
      const { incident, resolution, by, reason } = signal;
      const refusal = resolutionRefusal(definition, state, incident, resolution);
      if (refusal !== null) return refused(refusal.message);
      return {
        kind: 'entry',
        entry: await resolveIncident(definition, state, incident, resolution, by, reason, evaluate, at),
      };
    }
    default:
      return refused(`"${signal.type}" cannot be asked for from outside.`);
  }
}

const ARRIVALS: ReadonlySet<unknown> = new Set(arrivalSchema.options.map(({ shape }) => shape.type.value));

/** @returns what only a later version of this program knows about a signal, in words; null when this one does */
export function unknownSignal(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || ('type' in body && ARRIVALS.has(body.type))) return null;
  return unknownWord({ ...body });
}

function refused(reason: string): SignalReading {
  return { kind: 'refused', reason };
}

type UndoWish = Omit<Extract<NewEntry, { type: 'run.undo-requested' }>, 'at'>;

/** A run that has not ended is undone by being cancelled. */
function stopInstead(definition: SagaDefinition, state: RunState, { by, reason }: UndoWish, at: number): SignalReading {
  if (state.cancel !== null || state.scopes[ROOT_SCOPE]?.cause === 'undo')
    return refused('The run is being undone already.');
  const refusal = cancelRefusal(definition, state);
  if (refusal === null) return { kind: 'entry', entry: { type: 'run.cancel-requested', by, reason, at } };
  return { kind: 'refused', reason: refusal.message, news: notUndone(refusal) };
}

function undoEnded(definition: SagaDefinition, state: RunState, wish: UndoWish, at: number): SignalReading {
  const refusal = undoRefusal(definition, state);
  if (refusal === null) return { kind: 'entry', entry: { ...wish, at } };
  const { status: outcome } = state;
  const isUndone =
    refusal.code === 'run.nothing-to-undo' ||
    outcome === 'compensated' ||
    outcome === 'cancelled' ||
    outcome === 'failed';
  const news = isUndone
    ? ({ end: { outcome: 'compensated', output: null, failure: null }, undo: true } as const)
    : notUndone(refusal);
  return { kind: 'refused', reason: refusal.message, news };
}

function notUndone(refusal: Failure): Omit<ParentNews, 'run' | 'instance'> {
  return { end: { outcome: 'completed', output: null, failure: refusal }, undo: true };
}

async function readArrival(
  definition: SagaDefinition,
  state: RunState,
  arrival: Arrival,
  evaluate: Evaluate,
  at: number,
): Promise<SignalReading> {
  switch (arrival.type) {
    case 'slot.granted': {
      if (arrival.instance === RUN_ITSELF)
        return isInLine(state) ? { kind: 'place' } : refused('The run does not wait for a place any more.');
      const { status, awaits = [] } = state.instances[arrival.instance] ?? {};
      const waits = status === 'waiting' && awaits.some(({ kind }) => kind === 'slot');
      return waits
        ? { kind: 'slot', instance: arrival.instance }
        : refused('The step does not wait for a slot any more.');
    }
    case 'event.arrived': {
      const { instance, arm, event } = arrival;
      const awaited = state.instances[instance]?.awaits.find((each) => each.kind === 'event' && each.arm === arm);
      if (awaited?.kind === 'event' && !passesFilter(awaited.filter, event))
        return refused('The event does not pass the filter.');
      if (takenBy(state, instance).includes(`${event.source} ${event.id}`))
        return refused('The step has taken this event before.');
      return await answered({ kind: 'event', instance, arm, event });
    }
    case 'task.answered': {
      const { instance, arm, outcome, data, comment, by } = arrival;
      const reading = await answered({ kind: 'task', instance, arm, outcome, data, comment, by });
      return reading.kind === 'refused' ? { ...reading, reopens: { instance, arm } } : reading;
    }
    case 'child.ended': {
      const { instance, run, end, undo } = arrival;
      // What it asked of the child is on its way: only afterwards does it wait.
      const own = state.instances[instance];
      if (own?.status === 'running' || own?.undo.status === 'running') return { kind: 'later' };
      const waiting = waitingForChild(state, run).find((id) => {
        const undoing = state.instances[id]?.undo.status === 'waiting';
        // An end without undo is not what a step that undoes its child waits for, nor the other way round.
        return end.outcome !== 'completed' || undo === undoing;
      });
      if (waiting === undefined) return refused('No step waits for this child (any more).');
      return await answered({ kind: 'child', instance: waiting, end });
    }
  }

  async function answered(answer: WaitAnswer): Promise<SignalReading> {
    const entry = await answerWait(definition, state, answer, evaluate, at);
    return entry.ok ? { kind: 'entry', entry: entry.value } : refused(entry.error.message);
  }
}

/** Steps that wait for the end of a child run, or of its undo. Calls with equal keys share one child. */
function waitingForChild(state: RunState, run: string): InstanceId[] {
  return [...state.live, ...state.undoing].filter((id) => {
    const instance = state.instances[id];
    const awaits = instance?.undo.status === 'waiting' ? instance.undo.awaits : instance?.awaits;
    return awaits?.some((each) => each.kind === 'child' && each.run === run) === true;
  });
}

/** Events, as `source id`, that other passes of the same step have taken: each is for one of them (S31). */
export function takenBy(state: RunState, id: InstanceId): string[] {
  const own = state.instances[id];
  if (own === undefined || (own.path === '' && own.generation === 1)) return [];
  return Object.values(state.instances).flatMap((other) =>
    other.step === own.step && other.id !== id ? (eventTaken(other) ?? []) : [],
  );
}

/** Why a child could not be started or asked: its store is away. */
export const childUnreachable = (message: string): Failure =>
  failure('operational', 'child.unreachable', `The child run could not be reached (${message}); it is tried again.`);
