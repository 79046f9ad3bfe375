/**
 * What each entry of the journal means for a run's state; replay.ts and run-fold.ts fold them.
 *
 * 1. Total: an entry that does not fit the state (an outcome of an attempt long given up, a resolution of a closed
 *    incident) moves `seq` on and changes nothing else.
 * 2. Deterministic: equal journals give equal states (S7).
 * 3. One entry can have several consequences, all derived here and none journaled: tokens move, a failure is raised, a
 *    body begins to fail or closes, losers of a join are given up, undo becomes due.
 */
import type { SagaDefinition } from './definition.js';
import { closeIncidents, failBody, settleBodies } from './bodies.js';
import { Draft, newScope } from './draft.js';
import {
  admitted,
  cancelled,
  childCancelled,
  continued,
  notSucceeded,
  nudged,
  opened,
  skipped,
  started,
  succeeded,
  timedOut,
  waiting,
} from './forward.js';
import { forgetWhatIsOver, recalled } from './forget.js';
import { isInLine } from './in-line.js';
import { instanceId } from './instance.js';
import { bodyPath, ROOT_PATH, scopeAt, scopeKey } from './paths.js';
import { resolved } from './resolved.js';
import { RUN_ITSELF } from './run-incident.js';
import { leaveThrough } from './tokens.js';
import { undoNotSucceeded, undoStarted, undoSucceeded, undoWaiting } from './undoing.js';
import type { Entry, EntryOf } from './journal.js';
import type { RunAdmission } from './state.js';

/** The state after the first entry. */
export function start(definition: SagaDefinition, entry: EntryOf<'run.started'>): Draft {
  const root = newScope({ path: ROOT_PATH, container: null, variables: definition.variables });
  const draft = new Draft({
    seq: entry.seq,
    status: 'running',
    runId: entry.runId ?? '',
    trigger: entry.trigger,
    event: entry.event,
    env: entry.env ?? {},
    parent: entry.parent ?? null,
    startedAt: entry.at,
    endedAt: null,
    instances: {},
    generations: {},
    transitions: {},
    scopes: { [scopeKey(ROOT_PATH)]: root },
    live: [],
    undoing: [],
    incidents: {},
    forgotUndone: false,
    admission: definition.concurrency === undefined ? null : { status: 'asked', until: null },
    cancel: null,
    terminated: null,
    response: null,
    output: null,
    failure: null,
  });
  draft.at = entry.at;
  for (const trigger of Object.values(definition.triggers)) {
    leaveThrough(definition, draft, { out: trigger.outgoing }, trigger.id === entry.trigger ? ['out'] : [], ROOT_PATH);
  }
  return draft;
}

/** Folds one more entry, with all its consequences. */
export function apply(definition: SagaDefinition, draft: Draft, entry: Entry): void {
  draft.set({ seq: entry.seq });
  consequences(definition, draft, entry);
  forgetWhatIsOver(definition, draft);
}

function consequences(definition: SagaDefinition, draft: Draft, entry: Entry): void {
  switch (entry.type) {
    case 'run.started':
      return;
    case 'step.started':
      return entry.direction === 'undo' ? undoStarted(draft, entry) : started(definition, draft, entry);
    case 'step.succeeded':
      return entry.direction === 'undo' ? undoSucceeded(definition, draft, entry) : succeeded(definition, draft, entry);
    case 'step.failed':
    case 'step.unknown':
      return entry.direction === 'undo' ? undoNotSucceeded(draft, entry) : notSucceeded(definition, draft, entry);
    case 'step.waiting':
      return entry.direction === 'undo' ? undoWaiting(draft, entry) : waiting(definition, draft, entry);
    case 'step.admitted':
      return admitted(definition, draft, entry);
    case 'step.skipped':
      return skipped(definition, draft, entry);
    case 'step.opened':
      return opened(definition, draft, entry);
    case 'item.recalled': {
      const isAll = recalled(definition, draft, entry);
      return isAll ? settleBodies(definition, draft, bodyPath(entry)) : undefined;
    }
    case 'step.continued':
      return continued(definition, draft, entry);
    case 'step.cancelled':
      return cancelled(definition, draft, entry);
    case 'scope.timed-out':
      return timedOut(definition, draft, entry);
    case 'task.nudged':
      return nudged(definition, draft, entry);
    case 'child.cancel-requested':
      return childCancelled(definition, draft, entry);
    case 'run.admitted':
      return placed(draft, { status: 'admitted', until: null });
    case 'run.waiting':
      return placed(draft, { status: 'waiting', until: entry.until });
    case 'run.refused':
      return refused(definition, draft, entry);
    case 'run.cancel-requested':
      return cancelRequested(definition, draft, entry);
    case 'run.terminate-requested':
      return terminateRequested(draft, entry);
    case 'run.undo-requested':
      return undoRequested(definition, draft);
    case 'incident.opened':
      return draft.putIncident({
        id: entry.incident,
        instance: instanceId(entry),
        direction: entry.direction,
        failure: entry.failure,
        openedAt: entry.at,
        resolved: false,
      });
    case 'incident.resolved':
      return resolved(definition, draft, entry);
    case 'run.ended':
      return draft.set({ status: entry.outcome, endedAt: entry.at, output: entry.output, failure: entry.failure });
  }
}

function cancelRequested(definition: SagaDefinition, draft: Draft, entry: EntryOf<'run.cancel-requested'>): void {
  const root = draft.scope(ROOT_PATH);
  if (root?.status !== 'active' || root.pivot !== null || draft.view.endedAt !== null) return;
  draft.set({ cancel: { reason: entry.reason, at: entry.at } });
  closeIncidents(draft, RUN_ITSELF, 'forward');
  failBody(definition, draft, ROOT_PATH, 'cancel', entry.failure ?? null);
  settleBodies(definition, draft, ROOT_PATH);
}

function placed(draft: Draft, admission: RunAdmission): void {
  if (isInLine(draft.view)) draft.set({ admission });
}

/** It ends before it has begun: nothing is undone, since nothing was done. */
function refused(definition: SagaDefinition, draft: Draft, entry: EntryOf<'run.refused'>): void {
  if (!isInLine(draft.view)) return;
  const { failure, outcome } = entry;
  if (outcome === 'cancelled') draft.set({ cancel: { reason: failure.message, at: entry.at } });
  failBody(definition, draft, ROOT_PATH, outcome === 'cancelled' ? 'cancel' : 'failure', failure);
  settleBodies(definition, draft, ROOT_PATH);
}

function terminateRequested(draft: Draft, entry: EntryOf<'run.terminate-requested'>): void {
  if (draft.view.endedAt === null) draft.set({ terminated: { reason: entry.reason, at: entry.at } });
}

/** S26: the same plan over the same journal, after the end. */
function undoRequested(definition: SagaDefinition, draft: Draft): void {
  if (draft.view.endedAt === null || scopeAt(draft.view, ROOT_PATH)?.pivot != null) return;
  draft.set({ endedAt: null, terminated: null, failure: null });
  failBody(definition, draft, ROOT_PATH, 'undo', null);
  settleBodies(definition, draft, ROOT_PATH);
}
