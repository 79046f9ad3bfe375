/** What every workload has at hand: the product as shipped, the service that its runs call, and ways to start and await runs. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Graph } from '@sagawright/shared/graph';
import type { JsonObject } from '@sagawright/shared/kernel';
import { createDoorbell, freePort, insertEventsAndRuns } from '@sagawright/shared/server';
import type { Doorbell } from '@sagawright/shared/server';
import { ingestRequest, until } from '@sagawright/shared/testing';
import type { PublishedWorkflow } from '@sagawright/shared/testing';
import { Door } from '../chaos/door.js';
import { Stage, ended } from '../chaos/stage.js';
import { cpuTimes, parentOf } from './processes.js';
import type { CpuTimes } from './processes.js';
import { order } from './sagas.js';
import type { StubReport } from './stub.js';
import { openWebhook } from './webhook-load.js';
import type { SignedDelivery } from './webhook-load.js';

export interface BenchOptions {
  /** A smoke test: small, once, and its figures mean nothing. */
  readonly quick: boolean;
  readonly profile: string | undefined;
  readonly settings?: Readonly<Record<string, string>>;
}

const INGEST_BATCH = 200;
const PATIENCE_MS = 900_000;
const ASK_EVERY_MS = 40;

export class Bench {
  readonly rounds: number;
  private orders = 0;

  private constructor(
    readonly quick: boolean,
    readonly stage: Stage,
    readonly door: Door,
    readonly stubUrl: string,
    private readonly stub: ChildProcess,
    private readonly doorbell: Doorbell,
    private readonly postmaster: number | undefined,
    /** Where the worker shows its figures. */
    readonly workerFiguresUrl: string,
  ) {
    this.rounds = quick ? 1 : 3;
  }

  static async open({ quick, profile, settings = {} }: BenchOptions): Promise<Bench> {
    const port = await freePort();
    const stub = program('stub', ['serve', String(port)]);
    const stubUrl = `http://127.0.0.1:${port}`;
    const stage = await Stage.set({
      workers: 0,
      leaseMs: 5000,
      redis: true,
      logLevel: 'warn',
      backend: true,
      shopUrl: stubUrl,
      settings,
      ...(profile === undefined ? {} : { profileDir: profile }),
    });
    const figuresPort = await freePort();
    stage.startWorker(0, { METRICS_PORT: String(figuresPort) });
    await until(async () => (await stage.db.pool.query('SELECT FROM worker')).rowCount === 1, 60_000);
    const doorbell = createDoorbell({
      redisUrls: stage.redisUrl === null ? null : [stage.redisUrl],
      databaseUrl: stage.db.url,
    });
    const door = new Door([`${stage.backendUrl}/api/v1`], await stage.makeApiKey());
    const { rows } = await stage.db.pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const postmaster = rows[0] === undefined ? undefined : parentOf(rows[0].pid);
    return new Bench(
      quick,
      stage,
      door,
      stubUrl,
      stub,
      doorbell,
      postmaster,
      `http://127.0.0.1:${figuresPort}/metrics`,
    );
  }

  async close(): Promise<void> {
    await this.doorbell.close();
    await this.stage.close();
    await ended(this.stub, 'SIGKILL');
  }

  /** Creates a workflow through the door and puts it on the air. */
  async publish(name: string, graph: Graph): Promise<PublishedWorkflow> {
    const workflowId = await this.door.publish(name, graph);
    const { rows } = await this.stage.db.pool.query<PublishedWorkflow>(
      `SELECT w.workspace_id AS "workspaceId", w.id AS "workflowId", v.id AS "versionId", t.id AS "triggerId", t.node_id AS "triggerNode"
       FROM workflow w JOIN trigger t ON t.workflow_id = w.id JOIN workflow_version v ON v.workflow_id = w.id
       WHERE w.id = $1 ORDER BY v.number DESC LIMIT 1`,
      [workflowId],
    );
    if (rows[0] === undefined) throw new Error(`${name} was not published.`);
    return rows[0];
  }

  /** An address of a workflow. @returns signs orders for it */
  async address(workflow: PublishedWorkflow): Promise<(orders: readonly JsonObject[]) => Promise<SignedDelivery[]>> {
    const sign = await openWebhook(this.stage, workflow);
    return (orders) => Promise.all(orders.map((each) => sign(each)));
  }

  makeOrders(count: number, more: (n: number) => JsonObject = () => ({})): JsonObject[] {
    return Array.from({ length: count }, (_, n) => order(this.nextOrder(), more(n)));
  }

  nextOrder(): string {
    this.orders += 1;
    return `bench-${this.orders}`;
  }

  /** Starts runs by the statement that the doors use, in batches. @returns ids of the runs */
  async insert(workflow: PublishedWorkflow, orders: readonly JsonObject[]): Promise<string[]> {
    const runs: string[] = [];
    for (let at = 0; at < orders.length; at += INGEST_BATCH) {
      const requests = orders.slice(at, at + INGEST_BATCH).map((data) => ingestRequest(workflow, data));
      await insertEventsAndRuns(this.stage.db.pool, requests);
      this.doorbell.ring(0);
      runs.push(...requests.map(({ runId }) => runId));
    }
    return runs;
  }

  /** The database's time, milliseconds since 1970. */
  async now(): Promise<number> {
    const { rows } = await this.stage.db.pool.query<{ now: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    );
    return rows[0]?.now ?? NaN;
  }

  /** No run of the workflow that was made at the instant or later is still under way. */
  async ended({ workflowId }: PublishedWorkflow, since: number): Promise<void> {
    const open = `SELECT FROM run WHERE workflow_id = $1 AND created_at >= to_timestamp($2::float8 / 1000) AND ended_at IS NULL
                  ORDER BY created_at DESC, id DESC LIMIT 1`;
    await until(async () => {
      const isOver = (await this.stage.db.pool.query(open, [workflowId, since - 1])).rowCount === 0;
      // Asking costs the database as well.
      if (!isOver) await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      return isOver;
    }, PATIENCE_MS);
  }

  /** How many runs of a workflow came to which status. */
  async statuses({ workflowId }: PublishedWorkflow): Promise<Readonly<Record<string, number>>> {
    const { rows } = await this.stage.db.pool.query<{ status: string; n: number }>(
      'SELECT status, count(*)::int AS n FROM run WHERE workflow_id = $1 GROUP BY status',
      [workflowId],
    );
    return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
  }

  /** @throws unless every run of the workflow is completed */
  async allCompleted(workflow: PublishedWorkflow): Promise<void> {
    const { completed: _, ...others } = await this.statuses(workflow);
    if (Object.keys(others).length > 0) throw new Error(`Not every run was completed: ${JSON.stringify(others)}.`);
  }

  async report(): Promise<StubReport> {
    return (await (await fetch(this.stubUrl)).json()) as StubReport;
  }

  async forget(): Promise<void> {
    await fetch(this.stubUrl, { method: 'DELETE' });
  }

  get pids(): Readonly<Record<string, number | undefined>> {
    const { stage, stub, postmaster } = this;
    return {
      backend: stage.backendPid,
      worker: stage.worker(0)?.pid,
      postgres: postmaster,
      redis: stage.redisPid ?? undefined,
      service: stub.pid,
      bench: process.pid,
    };
  }

  /** @param more processes beside those of the product */
  cpu(more: Readonly<Record<string, number | undefined>> = {}): CpuTimes {
    return cpuTimes({ ...this.pids, ...more });
  }
}

/** One of the programs of this folder, in a process of its own. */
export function program(name: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [path.join(import.meta.dirname, `${name}.js`), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
