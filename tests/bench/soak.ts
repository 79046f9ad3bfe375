/**
 * The soak: a mixed load for half an hour, and every five seconds what the product holds. What grows without end shows as a trend.
 * Writes docs/soak.md and docs/images/soak.svg. Usage: main.js --only soak --minutes 30
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { deleteEndedRuns, workflowsWithRetention } from '@sagawright/shared/server';
import { until } from '@sagawright/shared/testing';
import type { Bench } from './bench.js';
import { residentMb } from './processes.js';
import { PER_SECOND, soakLoad } from './soak-load.js';
import type { SoakLoad } from './soak-load.js';
import { plot, shown } from './soak-plot.js';
import type { Series } from './soak-plot.js';
import { settled, trendOf } from './trend.js';

const SAMPLE_MS = 5000;
const SETTLE_MS = 120_000;
/** What is shorter tells nothing about an hour. */
const JUDGED_FROM_MINUTES = 10;
/** Runs are kept for so long after their end; the product itself counts in days, and tidies up by the hour. */
const KEEP_MINUTES = 3;
const TIDY_MS = 15_000;
const TIDY_BATCH = 500;
const TOKEN = 'the-token-of-the-soak';
/** The backend shows its figures to whoever has the token. */
export const SOAK_SETTINGS: Readonly<Record<string, string>> = { METRICS_TOKEN: TOKEN };

interface Watched {
  readonly name: string;
  readonly unit: string;
  /** Growth per hour that is still called flat: a part of the mean, or so much, whichever is more. Null: shown, not judged. */
  readonly mayGrow: { readonly part: number; readonly atLeast: number } | null;
}

const root = path.resolve(import.meta.dirname, '../../..');
const WATCHED = {
  backendRss: { name: 'backend, memory', unit: 'MB', mayGrow: { part: 0.1, atLeast: 20 } },
  backendHeap: { name: 'backend, heap in use', unit: 'MB', mayGrow: { part: 0.15, atLeast: 20 } },
  workerRss: { name: 'worker, memory', unit: 'MB', mayGrow: { part: 0.1, atLeast: 20 } },
  workerHeap: { name: 'worker, heap in use', unit: 'MB', mayGrow: { part: 0.15, atLeast: 20 } },
  redisKeys: { name: 'Redis, keys', unit: '', mayGrow: { part: 0.1, atLeast: 20 } },
  redisMemory: { name: 'Redis, memory', unit: 'MB', mayGrow: { part: 0.1, atLeast: 1 } },
  connections: { name: 'PostgreSQL, connections', unit: '', mayGrow: { part: 0.1, atLeast: 2 } },
  backlog: { name: 'runs due that nobody has', unit: '', mayGrow: { part: 0.1, atLeast: 20 } },
  waiting: { name: 'runs under way', unit: '', mayGrow: { part: 0.1, atLeast: 20 } },
  dead: { name: 'dead rows', unit: '', mayGrow: null },
  kept: { name: 'runs kept', unit: '', mayGrow: { part: 0.1, atLeast: 200 } },
  tables: { name: 'tables of runs', unit: 'MB', mayGrow: { part: 0.3, atLeast: 20 } },
  indexes: { name: 'indexes of runs', unit: 'MB', mayGrow: { part: 0.3, atLeast: 20 } },
  events: { name: 'tables and indexes of events', unit: 'MB', mayGrow: null },
} as const satisfies Readonly<Record<string, Watched>>;
type Name = keyof typeof WATCHED;
/** What one question to the database tells. */
type Database = 'connections' | 'backlog' | 'waiting' | 'dead' | 'kept' | 'tables' | 'indexes' | 'events';
const NAMES = Object.keys(WATCHED) as Name[];

export async function benchSoak(bench: Bench, minutes: number): Promise<void> {
  const load = await soakLoad(bench);
  const { redisUrl } = bench.stage;
  const redis = redisUrl === null ? null : new Redis(redisUrl);
  const samples = new Map(NAMES.map((name) => [name, [] as { at: number; value: number }[]]));
  const began = performance.now();
  const sample = async (): Promise<void> => {
    const at = (performance.now() - began) / 1000;
    for (const [name, value] of Object.entries(await look(bench, redis)) as [Name, number][]) {
      if (!Number.isNaN(value)) samples.get(name)?.push({ at, value });
    }
  };
  const timer = setInterval(
    () => void sample().catch((error: unknown) => console.error('bench: soak:', error)),
    SAMPLE_MS,
  );
  const loadedFrom = loadavg()[0] ?? NaN;
  await keepShortly(bench);
  const tidy = setInterval(
    () => void deleteOver(bench).catch((error: unknown) => console.error('bench: soak:', error)),
    TIDY_MS,
  );
  try {
    await load.run(minutes * 60_000);
  } finally {
    clearInterval(timer);
    clearInterval(tidy);
  }
  await everythingEnded(bench, load);
  redis?.disconnect();
  const series = NAMES.map((name) => ({ ...WATCHED[name], samples: samples.get(name) ?? [] })).filter(
    (each) => each.samples.length > 2,
  );
  const page = told(series, minutes, load, loadedFrom);
  console.log(page);
  if (bench.quick) return;
  mkdirSync(path.join(root, 'docs/images'), { recursive: true });
  writeFileSync(path.join(root, 'docs/images/soak.svg'), plot(`Soak of ${shown(minutes)} minutes`, series));
  writeFileSync(path.join(root, 'docs/soak.md'), page);
}

async function keepShortly({ stage }: Bench): Promise<void> {
  const days = KEEP_MINUTES / 1440;
  await stage.db.pool.query('UPDATE workspace SET retention = $1', [
    JSON.stringify({ completedDays: days, failedDays: days }),
  ]);
}

/** What the workers' maintenance does for runs, at the pace of a soak. */
async function deleteOver({ stage }: Bench): Promise<void> {
  for (const { id } of await workflowsWithRetention(stage.db.pool)) {
    while ((await stage.db.transaction((sql) => deleteEndedRuns(sql, id, TIDY_BATCH))) === TIDY_BATCH);
  }
}

async function look(bench: Bench, redis: Redis | null): Promise<Partial<Record<Name, number>>> {
  const { pool } = bench.stage.db;
  const { rows } = await pool.query<Record<Database, number>>(
    `SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()) AS connections,
      (SELECT count(*)::int FROM run WHERE owner IS NULL AND runnable_at <= now()) AS backlog,
      (SELECT count(*)::int FROM run WHERE ended_at IS NULL) AS waiting,
      (SELECT sum(n_dead_tup)::float8 FROM pg_stat_user_tables) AS dead,
      (SELECT count(*)::int FROM run) AS kept,
      (SELECT sum(pg_table_size(relid))::float8 / 1048576 FROM pg_stat_user_tables WHERE relname !~ $1) AS tables,
      (SELECT sum(pg_indexes_size(relid))::float8 / 1048576 FROM pg_stat_user_tables WHERE relname !~ $1) AS indexes,
      (SELECT sum(pg_total_relation_size(relid))::float8 / 1048576 FROM pg_stat_user_tables WHERE relname ~ $1) AS events`,
    ['^(event|audit)'],
  );
  const memory = redis === null ? '' : await redis.info('memory');
  return {
    ...rows[0],
    backendRss: residentMb(bench.stage.backendPid),
    workerRss: residentMb(bench.stage.worker(0)?.pid),
    backendHeap: await heapMb(`${bench.stage.backendUrl}/metrics`),
    workerHeap: await heapMb(bench.workerFiguresUrl),
    redisKeys: redis === null ? NaN : await redis.dbsize(),
    redisMemory: Number(/used_memory:(\d+)/.exec(memory)?.[1] ?? NaN) / 2 ** 20,
  };
}

/** @returns NaN where the process shows no figures */
async function heapMb(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } }).catch(() => null);
  if (answer?.ok !== true) return NaN;
  return Number(/^nodejs_heap_size_used_bytes(?:\{.*\})? (\S+)/m.exec(await answer.text())?.[1] ?? NaN) / 2 ** 20;
}

/** @throws when a run of the load does not come to an end */
async function everythingEnded(bench: Bench, { workflows }: SoakLoad): Promise<void> {
  const open = 'SELECT FROM run WHERE workflow_id = ANY($1::uuid[]) AND ended_at IS NULL LIMIT 1';
  const ids = workflows.map(({ workflowId }) => workflowId);
  await until(async () => (await bench.stage.db.pool.query(open, [ids])).rowCount === 0, SETTLE_MS);
}

function told(series: readonly (Series & Watched)[], minutes: number, load: SoakLoad, loadedFrom: number): string {
  const runs = load.started();
  const troubles = load.troubles();
  const rows = series.map(({ name, unit, mayGrow, samples }) => {
    const { mean, perHour } = trendOf(settled(samples));
    const values = samples.map(({ value }) => value);
    const bound =
      mayGrow === null || minutes < JUDGED_FROM_MINUTES ? null : Math.max(mayGrow.part * mean, mayGrow.atLeast);
    const verdict = bound === null ? '' : perHour <= bound ? 'flat' : '**grows**';
    return `| ${name} | ${unit} | ${shown(values[0] ?? NaN)} | ${shown(mean)} | ${shown(Math.max(...values))} | ${shown(values.at(-1) ?? NaN)} | ${shown(perHour)} | ${verdict} |`;
  });
  const rates = Object.entries(PER_SECOND).map(([name, rate]) => `${rate} ${name}`);
  return `# Soak

\`npm run bench -- --only soak --minutes ${shown(minutes)}\`: ${rates.join(', ')} begin in every second, and a loop over 100 items in every tenth;
${runs} runs in all, each of which came to its end. In ${troubles === 0 ? 'no second' : `${troubles} of the seconds`} a door refused something or did not answer in time.
Sampled every ${SAMPLE_MS / 1000} seconds. The first quarter, in which caches fill,
is shown but not judged: the trend is the straight line that fits the rest best.

Conditions: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}, one backend, one worker, PostgreSQL with fsync on, Redis; load average ${shown(loadedFrom)} at the beginning, ${shown(loadavg()[0] ?? NaN)} at the end.

| what | unit | first | mean | most | last | trend per hour | |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

Runs are deleted ${KEEP_MINUTES} minutes after their end, by the statements of retention. Events are kept (their partitions go by the day), so
their tables grow; dead rows come and go with vacuum. Neither is judged.${minutes < JUDGED_FROM_MINUTES ? ` Nothing is judged in less than ${JUDGED_FROM_MINUTES} minutes.` : ''}

![The samples over time](images/soak.svg)
`;
}
