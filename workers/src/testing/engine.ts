/** An engine for tests: real workers of this process on a real database, with a participant that the test answers for. */
import { randomUUID } from 'node:crypto';
import { evaluateTemplate } from '@sagawright/shared/expression';
import { replay } from '@sagawright/shared/saga';
import type { AttemptResult, Entry, RunState, SagaDefinition } from '@sagawright/shared/saga';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import {
  codeSandbox,
  insertEvents,
  insertEventsAndRuns,
  loadDefinitions,
  loadJournals,
  sha256,
  shardOf,
  silentLogger,
  uuidv7,
} from '@sagawright/shared/server';
import type { CodeSandbox, DatabaseSession, EventAnswer, LoopBounds, Queryable } from '@sagawright/shared/server';
import { testDatabase, until } from '@sagawright/shared/testing';
import type { TestDatabase, WorkflowBuilder } from '@sagawright/shared/testing';
import { DatabaseClock } from '../clock.js';
import { armFailpoint, noFailpoints } from '../failpoint.js';
import type { Failpoint } from '../failpoint.js';
import { AttemptLimit } from '../run/attempt-limit.js';
import { Definitions } from '../run/definitions.js';
import { HotCopies } from '../run/hot-copies.js';
import type { OperationCall } from '../run/operation.js';
import { startWorker } from '../worker.js';
import { done } from './answers.js';
import type { Worker } from '../worker.js';

export interface Published {
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly definition: SagaDefinition;
  /** Row of each trigger by its node. */
  readonly triggers: Readonly<Record<string, string>>;
}

export interface Terms {
  readonly failpoint?: Failpoint;
  readonly crashed?: () => void;
  readonly leaseMs?: number;
  readonly sweepMs?: number;
  readonly sql?: Queryable;
  /** By whose end others notice that the worker is gone. */
  readonly leaseSession?: DatabaseSession;
  readonly concurrency?: number;
  /** Rings for other workers. */
  readonly ring?: (shard: number) => void;
  readonly loops?: LoopBounds;
}

export { done, refused } from './answers.js';

export class Engine {
  readonly workspaceId = randomUUID();
  /** Parts of the backlog. */
  shards = 1;
  /** Every call of the participant: `do reserve`, `undo reserve`. */
  calls: OperationCall[] = [];
  answer: (call: OperationCall, name: string) => AttemptResult | Promise<AttemptResult> = () => done;
  private workers: Worker[] = [];

  private constructor(
    readonly db: TestDatabase,
    private readonly sandbox: CodeSandbox,
  ) {}

  static async open(): Promise<Engine> {
    return new Engine(await testDatabase({ poolSize: 20 }), codeSandbox({ threads: 2 }));
  }

  /** Empties the store; the schema stays. */
  async clear(): Promise<void> {
    await this.dismiss();
    this.shards = 1;
    const { rows } = await this.db.pool.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'`,
    );
    const tables = rows.map(({ name }) => name).join(', ');
    // The last statement of a worker that crashed on purpose may still be under way.
    while (!(await this.truncate(tables)));
    await this.db.pool.query('INSERT INTO workspace (id, name) VALUES ($1, $2)', [this.workspaceId, 'Test']);
    this.calls = [];
    this.answer = () => done;
  }

  private async truncate(tables: string): Promise<boolean> {
    try {
      await this.db.pool.query(`TRUNCATE ${tables} CASCADE`);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === '40P01') return false;
      throw error;
    }
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop(2000)));
  }

  async close(): Promise<void> {
    await this.dismiss();
    this.sandbox.close();
    await this.db.close();
  }

  async hire(terms: Terms = {}): Promise<Worker> {
    const { failpoint, crashed, sweepMs = 50, sql = this.db.pool, concurrency = 50 } = terms;
    // Who is to die must be missed soon; who is not must not be taken for dead because the machine is busy.
    const { leaseMs = failpoint === undefined ? 30_000 : 2000 } = terms;
    let dead = false;
    const worker: Worker = await startWorker(
      {
        sql,
        ...(terms.leaseSession && { leaseSession: terms.leaseSession }),
        transaction: this.db.transaction,
        clock: new DatabaseClock(),
        definitions: new Definitions((ids) => loadDefinitions(this.db.pool, ids)),
        hotCopies: new HotCopies(),
        attempts: new AttemptLimit(50),
        operate: async (call) => {
          this.calls.push(call);
          return await this.answer(call, nameOf(call));
        },
        compute: {
          evaluate: (template, scope) => evaluateTemplate(template, { ...scope }),
          code: this.sandbox.run,
        },
        random: Math.random,
        failpoint:
          failpoint === undefined
            ? noFailpoints
            : armFailpoint(failpoint, () => {
                dead = true;
                worker.crash();
                crashed?.();
                throw new Error('crashed on purpose');
              }),
        logger: silentLogger,
        committed: () => undefined,
        ring: terms.ring ?? (() => undefined),
        host: { host: 'test', pid: process.pid, version: 'test' },
      },
      { shards: this.shards, concurrency, leaseMs, sweepMs, ...(terms.loops && { loops: terms.loops }) },
    );
    if (!dead) this.workers.push(worker);
    return worker;
  }

  /** @param workflowId of a workflow published before: this becomes its next version, its triggers stay */
  async publish(
    saga: WorkflowBuilder,
    workflowId: string = randomUUID(),
    settings: Pick<SagaDefinition, 'forgetsBeyond'> = {},
  ): Promise<Published> {
    const { pool } = this.db;
    const graph = saga.graph();
    const definition = { ...saga.definition(), ...settings };
    const versionId = randomUUID();
    await pool.query(
      `INSERT INTO workflow (id, workspace_id, name, published_number) VALUES ($1, $2, 'Test', 1)
       ON CONFLICT (id) DO UPDATE SET published_number = workflow.published_number + 1`,
      [workflowId, this.workspaceId],
    );
    await pool.query(
      `INSERT INTO workflow_version (id, workflow_id, number, graph, definition, note, published_by)
       SELECT $1, id, published_number, $3, $4, '', 'test' FROM workflow WHERE id = $2`,
      [versionId, workflowId, JSON.stringify(graph), JSON.stringify(definition)],
    );
    const triggers: Record<string, string> = {};
    for (const trigger of Object.values(definition.triggers)) {
      const { rows } = await pool.query<{ id: string }>(
        `INSERT INTO trigger (id, workspace_id, workflow_id, node_id, kind, name, version_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (workflow_id, node_id) DO UPDATE SET version_id = excluded.version_id RETURNING id`,
        [randomUUID(), this.workspaceId, workflowId, trigger.id, trigger.kind, trigger.name, versionId],
      );
      triggers[trigger.id] = rows[0]?.id ?? '';
    }
    return { workspaceId: this.workspaceId, workflowId, versionId, definition, triggers };
  }

  async start(workflow: Published, data: JsonObject = {}): Promise<string> {
    const [triggerNode, triggerId] = Object.entries(workflow.triggers)[0] ?? [];
    if (triggerNode === undefined || triggerId === undefined) throw new Error('The workflow has no trigger.');
    const { workspaceId, workflowId, versionId } = workflow;
    const ids = { workspaceId, workflowId, versionId, triggerId, triggerNode };
    const runId = uuidv7();
    const [answer] = await insertEventsAndRuns(this.db.pool, [
      { ...ids, runId, shard: shardOf(runId, this.shards), event: eventOf('run.requested', data) },
    ]);
    return answer?.runId ?? '';
  }

  /** Publishes and starts in one. */
  async run(saga: WorkflowBuilder, data: JsonObject = {}): Promise<string> {
    return await this.start(await this.publish(saga), data);
  }

  async event(
    type: string,
    data: Json = {},
    more: { id?: string; subject?: string; headers?: Record<string, string> } = {},
  ): Promise<EventAnswer> {
    const { id, subject = null, headers = {} } = more;
    const event = { ...eventOf(type, data), subject, headers, ...(id === undefined ? {} : { eventId: id }) };
    const [answer] = await insertEvents(this.db.pool, [{ workspaceId: this.workspaceId, event }], this.shards);
    if (answer === undefined) throw new Error('No answer.');
    return answer;
  }

  async statusOf(id: string): Promise<string> {
    const { rows } = await this.db.pool.query<{ status: string }>('SELECT status FROM run WHERE id = $1', [id]);
    return rows[0]?.status ?? 'absent';
  }

  /** Waits until a run has come to a status and nobody works on it. */
  async comesTo(id: string, status: string): Promise<void> {
    let last = '';
    const isThere = async (): Promise<boolean> => {
      const { rows } = await this.db.pool.query<{ status: string; at: boolean }>(
        `SELECT status, owner IS NULL AND (runnable_at IS NULL OR runnable_at > now()) AS at FROM run WHERE id = $1`,
        [id],
      );
      last = rows[0]?.status ?? 'absent';
      return last === status && rows[0]?.at === true;
    };
    try {
      await until(isThere);
    } catch {
      const journal = (await this.journalOf(id)).map((entry) => JSON.stringify(entry)).join('\n');
      throw new Error(`The run is ${last} instead of ${status}:\n${journal}`);
    }
  }

  async journalOf(id: string): Promise<Entry[]> {
    return (await loadJournals(this.db.pool, [id])).get(id) ?? [];
  }

  async stateOf(workflow: Published, id: string): Promise<RunState> {
    const state = replay(workflow.definition, await this.journalOf(id));
    if (!state) throw new Error('The journal tells no run.');
    return state;
  }

  /** What a run came to. */
  async outputOf(id: string): Promise<Json> {
    const end = (await this.journalOf(id)).findLast((entry) => entry.type === 'run.ended');
    return end?.type === 'run.ended' ? end.output : null;
  }

  /** What was asked of the participant, in order. */
  names(): string[] {
    return this.calls.map(nameOf);
  }

  async count(table: 'wait' | 'task' | 'slot' | 'run_place' | 'run_signal', where = 'true'): Promise<number> {
    const { rows } = await this.db.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${where}`);
    return rows[0]?.n ?? 0;
  }

  async children(id: string): Promise<{ id: string; status: string }[]> {
    const { rows } = await this.db.pool.query<{ id: string; status: string }>(
      'SELECT id, status FROM run WHERE parent_run_id = $1 ORDER BY id',
      [id],
    );
    return rows;
  }
}

function nameOf({ operation, input }: OperationCall): string {
  return `${operation} ${String(input['step'])}`;
}

function eventOf(type: string, data: Json) {
  const raw = Buffer.from(JSON.stringify(data));
  return {
    source: '/test',
    eventId: randomUUID() as string,
    type,
    subject: null as string | null,
    time: new Date().toISOString(),
    contentHash: sha256(raw),
    contentType: 'application/json',
    raw,
    data,
    headers: {},
    receipt: null,
  };
}
