/** Runs as the doors show them, and what may be asked of one: cancel, terminate, undo, resolve an incident. */
import { RUN_STATUSES } from '@sagawright/shared/contracts';
import type { ApiScope, Run, RunSummary, UndoPreview } from '@sagawright/shared/contracts';
import { FailureError } from '@sagawright/shared/kernel';
import type { Failure, Json } from '@sagawright/shared/kernel';
import {
  cancelRefusal,
  isAttempted,
  resolutionRefusal,
  terminateRefusal,
  undoPlan,
  undoRefusal,
} from '@sagawright/shared/saga';
import type { Entry, Resolution, RunStatus } from '@sagawright/shared/saga';
import {
  appendAudit,
  countLiveWorkers,
  findPayload,
  findRun,
  findRuns,
  listRuns,
  pausesOf,
  readJournal,
  requestUndo,
  runExists,
  sendSignal,
} from '@sagawright/shared/server';
import type { Database, Doorbell, RunDetails, RunFilter, RunRow, SignalBody } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { readCursor, writeCursor } from '../door/cursor.js';
import { Refusal } from '../refusal.js';
import { storedGraph } from '../workflows/stored-document.js';
import { RunCounts } from './run-counts.js';
import { noRun, readStory } from './run-story.js';
import type { RunStory } from './run-story.js';

/** What some decisions about an incident need besides the right to write runs. */
const RIGHT_TO_RESOLVE: Partial<Record<Resolution['kind'], ApiScope>> = {
  // It calls whatever is named, as an author may.
  'use-action': 'workflows:write',
  // It ends the run without undo, as only administrators may.
  abandon: 'admin',
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Effect = UndoPreview['undone'][number];
type Staying = UndoPreview['stays'][number];

export interface RunQuery {
  readonly workflowId?: string | undefined;
  readonly status?: RunStatus | undefined;
  readonly search?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export class Runs {
  private readonly counts: RunCounts;

  constructor(
    private readonly database: Database,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
    private readonly shards: number,
  ) {
    this.counts = new RunCounts(database.pool);
  }

  async list(
    caller: Caller,
    query: RunQuery,
  ): Promise<{ items: RunSummary[]; nextCursor: string | null; counts: Record<RunStatus, number> }> {
    const after = readCursor(query.cursor);
    const filter = {
      workflowId: query.workflowId ?? null,
      status: query.status ?? null,
      key: query.search ?? null,
    };
    const named = await this.named(caller, filter);
    const rows =
      named?.filter(({ status }) => status === (filter.status ?? status)) ??
      (await listRuns(this.database.pool, caller.workspaceId, filter, {
        after: after && { createdAtMicros: after.micros, id: after.id },
        limit: query.limit + 1,
      }));
    const counts =
      named === null
        ? await this.counts.of(caller.workspaceId, filter)
        : new Map(named.map(({ status }) => [status, 1]));
    const shown = rows.slice(0, query.limit);
    const last = rows.length > query.limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(summaryOf),
      nextCursor: last === undefined ? null : writeCursor(last.createdAtMicros, last.id),
      counts: Object.fromEntries(RUN_STATUSES.map((status) => [status, counts.get(status) ?? 0])) as Record<
        RunStatus,
        number
      >,
    };
  }

  /** @throws Refusal `run.not-found` */
  async get(caller: Caller, id: string): Promise<Run> {
    const run = await findRun(this.database.pool, caller.workspaceId, id);
    if (run === null) throw noRun();
    const { definition, event, receipt, priority } = run;
    const graph = storedGraph(run.graph);
    return { ...summaryOf(run), graph, definition, event, receipt, priority, heldUp: await this.heldUp(caller, run) };
  }

  async journal(
    caller: Caller,
    id: string,
    page: { after: number; limit: number },
  ): Promise<{ items: Entry[]; more: boolean }> {
    await this.assertExists(caller, id);
    const entries = await readJournal(this.database.pool, id, { after: page.after, limit: page.limit + 1 });
    return { items: entries.slice(0, page.limit), more: entries.length > page.limit };
  }

  /** @throws Refusal `run.not-found`, `payload.not-found` */
  async payload(caller: Caller, id: string, hash: string): Promise<Json> {
    await this.assertExists(caller, id);
    const text = await findPayload(this.database.pool, caller.workspaceId, id, hash);
    if (text === null) {
      throw new Refusal('payload.not-found', 'The journal of this run refers to no such value; take the hash from it.');
    }
    return JSON.parse(text) as Json;
  }

  /** Entries behind a position of a run that has been looked up before. */
  async entriesAfter(id: string, after: number, limit: number): Promise<Entry[]> {
    return readJournal(this.database.pool, id, { after, limit });
  }

  async summaries(workspaceId: string, ids: readonly string[]): Promise<RunSummary[]> {
    return (await findRuns(this.database.pool, workspaceId, ids)).map(summaryOf);
  }

  /** @throws Refusal `run.not-found` */
  async assertExists(caller: Caller, id: string): Promise<void> {
    if (!(await runExists(this.database.pool, caller.workspaceId, id))) throw noRun();
  }

  /** @throws Refusal `run.not-found`, `run.ended`, `run.past-pivot` */
  async cancel(caller: Caller, id: string, reason: string): Promise<void> {
    const { definition, state } = await this.story(caller, id);
    unless(cancelRefusal(definition, state));
    await this.signal(caller, id, { type: 'run.cancel-requested', by: caller.actor, reason }, 'run.cancel', { reason });
  }

  /**
   * @returns the effects in force, or perhaps so, that nobody will undo
   * @throws Refusal `run.not-found`, `run.ended`
   */
  async terminate(caller: Caller, id: string, reason: string): Promise<Pick<Effect, 'instance' | 'step'>[]> {
    const story = await this.story(caller, id);
    unless(terminateRefusal(story.state));
    const body: SignalBody = { type: 'run.terminate-requested', by: caller.actor, reason };
    await this.signal(caller, id, body, 'run.terminate', { reason });
    const { undone, stays } = effectsOf(story);
    const { definition, state } = story;
    const underWay = state.live.filter((instance) => {
      const { status, step } = state.instances[instance] ?? { status: 'ready', step: '' };
      const drawn = definition.steps[step];
      return status === 'running' && drawn !== undefined && isAttempted(drawn);
    });
    return [
      ...[...undone, ...stays.filter(({ reason: why }) => why !== 'not-needed')].map(({ instance, step }) => ({
        instance,
        step,
      })),
      ...underWay.map((instance) => ({ instance, step: nameOf(story, instance) })),
    ];
  }

  /** @throws Refusal `run.not-found` */
  async previewUndo(caller: Caller, id: string): Promise<UndoPreview> {
    const story = await this.story(caller, id);
    const refusal = undoRefusal(story.definition, story.state);
    const { undone, stays } = effectsOf(story);
    return { refusal, undone: refusal === null ? undone : [], stays };
  }

  /**
   * @returns what stays as it is
   * @throws Refusal `run.not-found`, `run.not-ended`, `run.not-completed`, `run.past-pivot`, `run.nothing-to-undo`
   */
  async undo(caller: Caller, id: string, reason: string): Promise<Staying[]> {
    const story = await this.story(caller, id);
    unless(undoRefusal(story.definition, story.state));
    await this.database.transaction(async (sql) => {
      if ((await requestUndo(sql, id, { type: 'run.undo-requested', by: caller.actor, reason })) === null) {
        throw new Refusal('run.not-ended', 'The run is at work again; look at it once more.');
      }
      await this.audit(sql, caller, id, 'run.undo', { reason });
    });
    this.ring();
    return effectsOf(story).stays;
  }

  /** @throws Refusal `run.not-found`, `run.ended`, `auth.forbidden`, or why the incident cannot be resolved so (`incident.*`) */
  async resolve(caller: Caller, id: string, incident: string, resolution: Resolution, reason: string): Promise<void> {
    const scope = RIGHT_TO_RESOLVE[resolution.kind];
    if (scope !== undefined && !caller.scopes.has(scope)) {
      throw new Refusal(
        'auth.forbidden',
        `To resolve an incident by "${resolution.kind}" needs the permission "${scope}"; ask an owner of the workspace.`,
        { context: { scope } },
      );
    }
    const { definition, state } = await this.story(caller, id);
    unless(resolutionRefusal(definition, state, incident, resolution));
    const body: SignalBody = { type: 'incident.resolved', incident, resolution, by: caller.actor, reason };
    await this.signal(caller, id, body, 'incident.resolve', { incident, resolution: resolution.kind, reason });
  }

  /** The run whose id is searched for; null when it is not the id of one. */
  private async named(caller: Caller, { key, workflowId }: RunFilter): Promise<RunRow[] | null> {
    if (key === null || !UUID.test(key)) return null;
    const found = await findRuns(this.database.pool, caller.workspaceId, [key]);
    return found.length === 0 ? null : found.filter((run) => run.workflowId === (workflowId ?? run.workflowId));
  }

  private async story(caller: Caller, id: string): Promise<RunStory> {
    return readStory(this.database.pool, caller.workspaceId, id);
  }

  private async signal(
    caller: Caller,
    id: string,
    body: SignalBody,
    action: string,
    details: Record<string, string>,
  ): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (!(await sendSignal(sql, id, body))) {
        throw new Refusal('run.ended', 'The run has ended already; there is nothing left to change.');
      }
      await this.audit(sql, caller, id, action, details);
    });
    this.ring();
  }

  private async audit(sql: Sql, caller: Caller, id: string, action: string, details: Record<string, string>) {
    await appendAudit(sql, caller.workspaceId, { actor: auditActor(caller), action, subject: `run:${id}`, details });
  }

  private ring(): void {
    for (let shard = 0; shard < this.shards; shard += 1) this.doorbell.ring(shard);
  }

  private async heldUp(caller: Caller, run: RunDetails): Promise<string | null> {
    if (run.endedAt !== null) return null;
    const pauses = await pausesOf(this.database.pool, caller.workspaceId);
    if (pauses.workspace !== null) return 'The workspace is paused; everything goes on when it is resumed.';
    if (pauses.workflows.some(({ id }) => id === run.workflowId)) {
      return 'The workflow is paused; the run goes on when it is resumed.';
    }
    if (run.status === 'blocked') return null;
    if ((await countLiveWorkers(this.database.pool)) > 0) return null;
    return 'No worker is running, so nothing happens; start one with "node workers/dist/main.js" (npm start does it for you).';
  }
}

function summaryOf(row: RunRow): RunSummary {
  return {
    id: row.id,
    workflowId: row.workflowId,
    workflowName: row.workflowName,
    version: row.version,
    status: row.status,
    trigger: row.trigger,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    failure: row.failure,
    seq: row.seq,
  };
}

type Sql = Parameters<typeof appendAudit>[0];

/** What undoing the run as it stands would undo, and what it would leave. */
function effectsOf(story: RunStory): { undone: Effect[]; stays: Staying[] } {
  const { steps, notUndone } = undoPlan(story.definition, story.state);
  return {
    undone: steps
      .filter(({ instance }) => story.state.instances[instance]?.undo.status !== 'done')
      .map(({ instance, name, order }) => ({ instance, step: nameOf(story, instance), undo: name, order })),
    stays: notUndone.map(({ instance, reason }) => ({ instance, step: nameOf(story, instance), reason })),
  };
}

function nameOf({ definition, state }: RunStory, instance: string): string {
  return definition.steps[state.instances[instance]?.step ?? '']?.name ?? instance;
}

function unless(refusal: Failure | null): void {
  if (refusal !== null) throw new FailureError(refusal);
}
