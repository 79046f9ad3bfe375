/**
 * What the figures and the trace tell of runs and attempts.
 *
 * A run's spans are part of the trace of the event that started it, however many workers and days lie between: the event
 * keeps its trace. What a replay starts is a trace of its own, linked to the original.
 */
import type { AttemptRef, AttemptResult, EntryOf, RunState, SagaDefinition } from '@sagawright/shared/saga';
import { inSpan, isTracing, metrics, readTraceContext } from '@sagawright/shared/server';
import type { ClaimedRun, PreparedEntry } from '@sagawright/shared/server';
import type { Departure } from './run-actor.js';

/** A run in one worker's hands, from its claim until it is parked, ended or lost. */
export function observedRun(
  run: ClaimedRun,
  { event, trigger }: RunState,
  advance: () => Promise<Departure>,
): Promise<Departure> {
  if (!isTracing()) return advance();
  const sender = readTraceContext(event.headers) ?? readTraceContext(event.headers, 'ce-');
  const isReplayed = event.headers['ce-replayid'] !== undefined;
  const wish = {
    kind: 'consumer',
    parent: isReplayed ? null : sender,
    links: [sender],
    attributes: {
      ...attributesOf(run),
      'workflow.trigger': trigger,
      'cloudevents.event_id': event.id,
      'cloudevents.event_source': event.source,
      'cloudevents.event_type': event.type,
      'messaging.operation.name': 'advance',
      'messaging.operation.type': 'process',
    },
  } as const;
  return inSpan('run advance', wish, async (span) => {
    const departure = await advance();
    span.note({ 'workflow.run.departure': departure.kind });
    if (departure.kind === 'fenced' || departure.kind === 'poisoned') span.end(departure.kind);
    return departure;
  });
}

/** One attempt to do a step, or to undo it; attempts of one step are siblings. */
export async function observedAttempt(
  run: ClaimedRun,
  definition: SagaDefinition,
  { direction }: AttemptRef,
  entry: EntryOf<'step.started'>,
  attempt: () => Promise<AttemptResult>,
): Promise<AttemptResult> {
  const kind = definition.steps[entry.step]?.kind ?? 'other';
  const began = performance.now();
  const wish = {
    attributes: {
      ...attributesOf(run),
      'workflow.step.name': definition.steps[entry.step]?.name ?? entry.step,
      'workflow.step.kind': kind,
      'workflow.step.attempt': entry.attempt,
      'workflow.step.direction': direction,
    },
  };
  return inSpan(direction === 'forward' ? 'step attempt' : 'step undo', wish, async (span) => {
    const result = await attempt();
    if (direction === 'forward') metrics.stepAttempts.inc({ kind, result: result.kind });
    else metrics.compensations.inc({ result: result.kind });
    metrics.attemptSeconds.observe({ kind, direction }, (performance.now() - began) / 1000);
    span.note({ 'workflow.step.result': result.kind });
    if (result.kind !== 'succeeded') span.end(result.failure.code);
    return result;
  });
}

/** What a commit has put into the ledger. */
export function countEntries(entries: readonly PreparedEntry[], { startedAt }: RunState): void {
  for (const { entry } of entries) {
    if (entry.type === 'incident.opened') metrics.incidents.inc();
    if (entry.type === 'run.ended')
      metrics.runsEnded.observe({ status: entry.outcome }, Math.max(0, entry.at - startedAt) / 1000);
  }
}

function attributesOf({ id, workflowId, versionId }: ClaimedRun): Record<string, string> {
  return { 'workflow.run.id': id, 'workflow.id': workflowId, 'workflow.version.id': versionId };
}
