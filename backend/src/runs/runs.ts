/** Runs as the doors show them, and the two things that may be asked of one: cancel it, resolve an incident. */
import { RUN_STATUSES } from '@sagawright/shared/contracts';
import type { Run, RunSummary } from '@sagawright/shared/contracts';
import type { Entry, Resolution, RunStatus } from '@sagawright/shared/saga';
import {
  appendAudit,
  countLiveWorkers,
  countRuns,
  findRun,
  findRuns,
  hasOpenIncident,
  listRuns,
  readJournal,
  runExists,
  sendSignal,
} from '@sagawright/shared/server';
import type { Database, Doorbell, RunDetails, RunRow, SignalBody } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { readCursor, writeCursor } from '../door/cursor.js';
import { Refusal } from '../refusal.js';

export interface RunQuery {
  readonly workflowId?: string | undefined;
  readonly status?: RunStatus | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export class Runs {
  constructor(
    private readonly database: Database,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
    private readonly shards: number,
  ) {}

  async list(
    caller: Caller,
    query: RunQuery,
  ): Promise<{ items: RunSummary[]; nextCursor: string | null; counts: Record<RunStatus, number> }> {
    const after = readCursor(query.cursor);
    const workflowId = query.workflowId ?? null;
    const rows = await listRuns(
      this.database.pool,
      caller.workspaceId,
      { workflowId, status: query.status ?? null },
      { after: after && { createdAtMicros: after.micros, id: after.id }, limit: query.limit + 1 },
    );
    const counts = await countRuns(this.database.pool, caller.workspaceId, workflowId);
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
    if (run === null) throw notFound();
    const { graph, definition, event, receipt } = run;
    return { ...summaryOf(run), graph, definition, event, receipt, heldUp: await this.heldUp(run) };
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

  /** Entries behind a position of a run that has been looked up before. */
  async entriesAfter(id: string, after: number, limit: number): Promise<Entry[]> {
    return readJournal(this.database.pool, id, { after, limit });
  }

  async summaries(workspaceId: string, ids: readonly string[]): Promise<RunSummary[]> {
    return (await findRuns(this.database.pool, workspaceId, ids)).map(summaryOf);
  }

  /** @throws Refusal `run.not-found` */
  async assertExists(caller: Caller, id: string): Promise<void> {
    if (!(await runExists(this.database.pool, caller.workspaceId, id))) throw notFound();
  }

  /** @throws Refusal `run.not-found`, `run.ended` */
  async cancel(caller: Caller, id: string, reason: string): Promise<void> {
    await this.assertExists(caller, id);
    await this.signal(caller, id, { type: 'run.cancel-requested', by: caller.actor, reason }, 'run.cancel', { reason });
  }

  /** @throws Refusal `run.not-found`, `run.ended`, `incident.not-found` */
  async resolve(caller: Caller, id: string, incident: string, resolution: Resolution, reason: string): Promise<void> {
    await this.assertExists(caller, id);
    if (!(await hasOpenIncident(this.database.pool, id, incident))) {
      throw new Refusal(
        'incident.not-found',
        'This run has no open incident of that id; it may have been resolved meanwhile.',
      );
    }
    const body: SignalBody = { type: 'incident.resolved', incident, resolution, by: caller.actor, reason };
    await this.signal(caller, id, body, 'incident.resolve', { incident, resolution: resolution.kind, reason });
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
      await appendAudit(sql, caller.workspaceId, { actor: auditActor(caller), action, subject: `run:${id}`, details });
    });
    for (let shard = 0; shard < this.shards; shard += 1) this.doorbell.ring(shard);
  }

  private async heldUp(run: RunDetails): Promise<string | null> {
    if (run.endedAt !== null || run.status === 'blocked') return null;
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

function notFound(): Refusal {
  return new Refusal('run.not-found', 'There is no such run in this workspace.');
}
