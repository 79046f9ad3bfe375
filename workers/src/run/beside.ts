/** What a commit changes beside the journal: the difference between where the run stood in the ledger and where it stands now. */
import { hasLimits, instanceId, RUN_ITSELF } from '@sagawright/shared/saga';
import type { Awaited, Changes, Entry, InstanceId, RunState, SagaDefinition } from '@sagawright/shared/saga';
import type { ClaimedRun, ParentNews, RunBeside } from '@sagawright/shared/server';
import { takenBy } from './signal.js';

/** What signals have led to besides entries. */
export interface SignalEffects {
  readonly reopened: RunBeside['reopened'];
  /** A wish of the parent that was refused. */
  readonly news: Omit<ParentNews, 'run' | 'instance'> | null;
}

export const NO_EFFECTS: SignalEffects = { reopened: [], news: null };

/** Where the run stood in the ledger. */
export interface Standing {
  readonly seq: number;
  readonly status: RunState['status'];
  readonly endedAt: number | null;
  readonly failure: RunState['failure'];
}

/** And what has changed since. */
type Before = Standing & { readonly changes: Changes };

/** An instance as it was. */
const then = ({ changes }: Before, after: RunState, id: InstanceId) =>
  changes.instances.has(id) ? changes.instances.get(id) : after.instances[id];

/** An instance as it is, or was when it was forgotten. */
const latest = ({ changes }: Before, after: RunState, id: InstanceId) =>
  after.instances[id] ?? changes.forgotten.get(id);

/** Instances that were alive, and some that are so only now. */
const lived = ({ changes }: Before, after: RunState) => [...changes.settled, ...after.live];

/** @returns null when there is nothing, as for most commits */
export function besideOf(
  run: ClaimedRun,
  definition: SagaDefinition,
  before: Before,
  after: RunState,
  entries: readonly Entry[],
  effects: SignalEffects,
): RunBeside | null {
  const touched = touchedInstances(before, after, entries);
  const opened = openings(after, entries);
  const beside: RunBeside = {
    workspaceId: run.workspaceId,
    workflowId: run.workflowId,
    waits: opened.flatMap(({ id, entry, awaited }) =>
      awaited.kind === 'event' ? [{ instance: id, seq: entry.seq, awaited, taken: takenBy(after, id) }] : [],
    ),
    tasks: opened.flatMap(({ id, entry, awaited }) =>
      awaited.kind === 'task' ? [{ instance: id, seq: entry.seq, at: entry.at, awaited }] : [],
    ),
    children: opened.flatMap(({ id, entry, awaited }) =>
      awaited.kind === 'child' ? [{ instance: id, child: awaited.run, undo: entry.direction === 'undo' }] : [],
    ),
    settled: settlements(before, after, touched, entries),
    nudges: entries.flatMap((entry) =>
      entry.type === 'task.nudged' ? [{ instance: instanceId(entry), nudge: entry.nudge, at: entry.at }] : [],
    ),
    reopened: effects.reopened.filter(({ instance }) => after.instances[instance]?.status === 'waiting'),
    freed: freed(definition, before, after, touched),
    leaves: standsInLine(definition, after) && after.endedAt !== null && before.endedAt === null,
    cancelled: entries.flatMap((entry) => {
      if (entry.type !== 'child.cancel-requested') return [];
      const awaits = latest(before, after, instanceId(entry))?.awaits ?? [];
      return awaits.flatMap((each) => (each.kind === 'child' ? [{ child: each.run, reason: entry.reason }] : []));
    }),
    parent: newsOf(run, after, entries, effects),
    trouble: troubleOf(before, after, entries),
  };
  const { workspaceId: _, workflowId: __, parent, trouble, leaves, ...lists } = beside;
  const nothing =
    parent === null && trouble === null && !leaves && Object.values(lists).every((list) => list.length === 0);
  return nothing ? null : beside;
}

/** It was held to a limit, or to the order of its events. */
function standsInLine({ concurrency, triggers }: SagaDefinition, { trigger }: RunState): boolean {
  const settings = triggers[trigger]?.settings;
  return concurrency !== undefined || (settings !== undefined && 'order' in settings && settings.order !== undefined);
}

/** Instances whose standing the entries may have changed. */
function touchedInstances(before: Before, after: RunState, entries: readonly Entry[]): ReadonlySet<InstanceId> {
  const touched = new Set<InstanceId>();
  for (const entry of entries) {
    if (entry.type === 'run.ended') for (const id of lived(before, after)) touched.add(id);
    else if (entry.type === 'incident.resolved') touched.add(after.incidents[entry.incident]?.instance ?? RUN_ITSELF);
    else if ('step' in entry && entry.step !== RUN_ITSELF) touched.add(instanceId(entry));
  }
  return touched;
}

/** Steps with limits that live no more. An entry about something else may end them too: a body that fails lets go of what is parked. */
function freed(
  definition: SagaDefinition,
  before: Before,
  after: RunState,
  touched: ReadonlySet<InstanceId>,
): RunBeside['freed'] {
  if (!Object.values(definition.steps).some(hasLimits)) return [];
  const limited = [...new Set([...touched, ...lived(before, after)])].filter((id) => {
    const step = definition.steps[latest(before, after, id)?.step ?? ''];
    return step !== undefined && hasLimits(step);
  });
  const live = after.endedAt === null && limited.length > 0 ? new Set(after.live) : null;
  return limited.filter((id) => live?.has(id) !== true).map((instance) => ({ instance }));
}

type Opening = Extract<Entry, { type: 'step.waiting' }>;

/** What is waited for from now on, of each step and direction by its latest entry. */
function openings(
  after: RunState,
  entries: readonly Entry[],
): { readonly id: InstanceId; readonly entry: Opening; readonly awaited: Awaited }[] {
  const latest = new Map<string, Opening>();
  for (const entry of entries)
    if (entry.type === 'step.waiting') latest.set(`${entry.direction} ${instanceId(entry)}`, entry);
  if (after.endedAt !== null) return [];
  return [...latest.values()].flatMap((entry) => {
    const id = instanceId(entry);
    const instance = after.instances[id];
    const side = entry.direction === 'undo' ? instance?.undo : instance;
    return side?.status === 'waiting' ? entry.awaits.map((awaited) => ({ id, entry, awaited })) : [];
  });
}

function settlements(
  before: Before,
  after: RunState,
  touched: ReadonlySet<InstanceId>,
  entries: readonly Entry[],
): RunBeside['settled'] {
  return [...touched].flatMap((instance) => {
    const waited = then(before, after, instance);
    const open = waited?.status === 'waiting' && waited.awaits.some(({ kind }) => kind === 'event' || kind === 'task');
    const now = latest(before, after, instance);
    const goesOn = now?.status === 'waiting' && now.awaits === waited?.awaits && after.endedAt === null;
    if (!open || goesOn) return [];
    const last = entries.at(-1)?.at ?? 0;
    return [{ instance, at: now?.settledAt ?? last, answer: answerOf(waited.awaits, now) }];
  });
}

/** The task of the wait that was completed; null when none was. */
function answerOf(
  awaits: readonly Awaited[],
  settled: RunState['instances'][string] | undefined,
): RunBeside['settled'][number]['answer'] {
  if (settled?.status !== 'succeeded') return null;
  const output = settled.output as { outcome?: unknown; data?: unknown; comment?: unknown; by?: unknown } | null;
  const task = awaits.find((each) => each.kind === 'task' && (each.arm === null || each.arm === settled.port));
  if (task?.kind !== 'task' || typeof output?.outcome !== 'string') return null;
  const { outcome, data = null, comment = null, by = null } = output;
  type Answer = NonNullable<RunBeside['settled'][number]['answer']>;
  return {
    arm: task.arm,
    outcome,
    data: data as Answer['data'],
    comment: typeof comment === 'string' ? comment : null,
    by: by as Answer['by'],
  };
}

function newsOf(
  run: ClaimedRun,
  { parent, scopes }: RunState,
  entries: readonly Entry[],
  { news }: SignalEffects,
): ParentNews | null {
  if (run.parentRunId === null || parent === null) return null;
  const { run: id, instance } = parent;
  const end = entries.findLast((entry) => entry.type === 'run.ended');
  if (end?.type === 'run.ended') {
    const { outcome, output, failure } = end;
    return { run: id, instance, end: { outcome, output, failure }, undo: scopes['root']?.cause === 'undo' };
  }
  return news === null ? null : { run: id, instance, ...news };
}

function troubleOf(before: Before, after: RunState, entries: readonly Entry[]): RunBeside['trouble'] {
  const last = entries.at(-1);
  if (last === undefined) return null;
  if (last.type === 'run.ended') {
    const { outcome: status, failure, seq, at } = last;
    return (status === 'failed' || status === 'compensated') && failure !== null ? { status, failure, seq, at } : null;
  }
  if (after.status !== 'blocked' || before.status === 'blocked') return null;
  const incident = Object.values(after.incidents).findLast(({ resolved }) => !resolved);
  return { status: 'blocked', failure: incident?.failure ?? after.failure, seq: last.seq, at: last.at };
}
