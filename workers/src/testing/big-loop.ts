/**
 * A worker in a process of its own, for runs that are too large for one that keeps everything in mind: works on whatever there
 * is to do until a run has come to a status, and says in one line of JSON what that took ({@link BigLoopFigures}).
 *
 * Usage: node --max-old-space-size=400 big-loop.js DATABASE_URL RUN_ID STATUS. Its participant does what it is asked, except
 * that it refuses what a step called `refused` asks of it.
 */
import { connect, expressionEngine, loadDefinitions, silentLogger } from '@sagawright/shared/server';
import { DatabaseClock } from '../clock.js';
import { noFailpoints } from '../failpoint.js';
import { AttemptLimit } from '../run/attempt-limit.js';
import { Definitions } from '../run/definitions.js';
import { HotCopies } from '../run/hot-copies.js';
import { startWorker } from '../worker.js';
import { done, refused } from './answers.js';

export interface BigLoopFigures {
  readonly status: string;
  readonly ms: number;
  /** The largest that the process was, everything included, in MiB. */
  readonly peakMiB: number;
  /** What its objects took at the end, in MiB. */
  readonly heapMiB: number;
}

const POLL_MS = 200;
const MIB = 2 ** 20;

const [databaseUrl = '', runId = '', wanted = ''] = process.argv.slice(2);
const database = await connect(databaseUrl, { poolSize: 4, statementTimeoutMs: 120_000 });
const expressions = expressionEngine();
const began = performance.now();
const worker = await startWorker(
  {
    sql: database.pool,
    transaction: (work) => database.transaction(work),
    clock: new DatabaseClock(),
    definitions: new Definitions((ids) => loadDefinitions(database.pool, ids)),
    hotCopies: new HotCopies(),
    attempts: new AttemptLimit(200),
    operate: (call) => Promise.resolve(call.input['step'] === 'refused' ? refused : done),
    compute: { evaluate: expressions.evaluate, code: () => Promise.reject(new Error('No code here.')) },
    random: Math.random,
    failpoint: noFailpoints,
    logger: silentLogger,
    committed: () => undefined,
    ring: () => undefined,
    host: { host: 'test', pid: process.pid, version: 'test' },
  },
  { shards: 1, concurrency: 10, leaseMs: 15_000 },
);
const status = await comesToItsEnd();
const figures: BigLoopFigures = {
  status,
  ms: Math.round(performance.now() - began),
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  heapMiB: Math.round(process.memoryUsage().heapUsed / MIB),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await worker.stop(2000);
expressions.close();
await database.close();

/** @returns the status asked for, or `blocked`, which no time will change */
async function comesToItsEnd(): Promise<string> {
  for (;;) {
    const { rows } = await database.pool.query<{ status: string }>('SELECT status FROM run WHERE id = $1', [runId]);
    const now = rows[0]?.status ?? 'absent';
    if (now === wanted || now === 'blocked' || now === 'absent' || now === 'failed') return now;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
