/** A worker process: claims runs, brings them forward, and ends cleanly when told to. */
import { hostname } from 'node:os';
import {
  beginTelemetry,
  codeSandbox,
  connect,
  createDoorbell,
  createEgress,
  createLiveBus,
  createLogger,
  createSealer,
  expressionEngine,
  loadDefinitions,
  metrics,
  openDatabaseSession,
  readEnvironment,
} from '@sagawright/shared/server';
import type { Database } from '@sagawright/shared/server';
import { DatabaseClock } from './clock.js';
import { startDeliveries } from './delivery/deliveries.js';
import { BREAKER } from './delivery/schedule.js';
import { actOnThisProcess, armFailpoint, failpointsFrom, noFailpoints } from './failpoint.js';
import type { Failpoints } from './failpoint.js';
import { startMaintenance } from './maintenance/maintenance.js';
import { AttemptLimit } from './run/attempt-limit.js';
import { callRates } from './run/call-rates.js';
import { Definitions } from './run/definitions.js';
import { HotCopies } from './run/hot-copies.js';
import { connectorOperations } from './run/connector-operations.js';
import { Replayer } from './replay/replayer.js';
import { startWorker } from './worker.js';

/** How long attempts in flight may take to finish before they are left to another worker. */
const DRAIN_PATIENCE_MS = 20_000;
/** How long a worker waits at its start for the database. */
const CONNECT_PATIENCE_MS = 30_000;
/** A statement that takes longer is ended: a hung connection must not hold a worker. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Connections to the database, beside the one of the lease. */
const POOL = 8;
/** Effects under way at once in this process. */
const ATTEMPT_LIMIT = 200;
/** How long a failpoint blocks the event loop: the lease is over then. */
const BLOCKED_LEASES = 1.5;
const VERSION = '0.1.0';

const environment = readEnvironment();
const logger = createLogger({ name: 'worker', level: environment.logLevel });
const { databaseUrl, redisUrls, shards } = environment;
const database = await connectPatiently();
/** Whatever piles up in the other connections: the lease has its own. It ends with this process, and others see that. */
const leaseSession = openDatabaseSession(databaseUrl, {
  applicationName: 'sagawright-worker-lease',
  statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  logger,
});
const endTelemetry = await beginTelemetry(environment, { room: 'worker', version: VERSION, pool: database.pool });
metrics.runSlots.set(environment.workerConcurrency);
const doorbell = createDoorbell({ redisUrls, databaseUrl, logger });
const live = createLiveBus({ redisUrls, databaseUrl, pool: database.pool, logger });
const failpoint = failpoints();
const operations = connectorOperations(environment, failpoint, callRates(database.pool, environment.egressRates));
const expressions = expressionEngine();
const sandbox = codeSandbox();

const clock = new DatabaseClock();
const worker = await startWorker(
  {
    sql: database.pool,
    leaseSession,
    transaction: (work) => database.transaction(work),
    clock,
    definitions: new Definitions((versionIds) => loadDefinitions(database.pool, versionIds)),
    hotCopies: new HotCopies(),
    attempts: new AttemptLimit(ATTEMPT_LIMIT),
    operate: operations.operate,
    compute: { evaluate: expressions.evaluate, code: sandbox.run },
    random: Math.random,
    failpoint,
    logger,
    committed: (run, state) =>
      live.publish([{ workspaceId: run.workspaceId, runId: run.id, seq: state.seq, status: state.status }]),
    ring: (shard) => doorbell.ring(shard),
    host: { host: hostname(), pid: process.pid, version: VERSION },
  },
  { shards, concurrency: environment.workerConcurrency, leaseMs: environment.leaseMs, loops: environment.loops },
);
const webhookEgress = createEgress({ allow: environment.egressAllow });
const deliveries = startDeliveries(
  {
    database,
    egress: webhookEgress,
    sealer: createSealer(environment.sealingKey),
    allow: new Set(environment.egressAllow),
    random: Math.random,
    now: () => clock.now(),
    logger,
    failpoint,
    shards,
    breaker: BREAKER,
  },
  { concurrency: environment.webhookConcurrency },
);
const replayer = new Replayer({
  sql: database.pool,
  transaction: (work) => database.transaction(work),
  shards,
  logger,
  ring: (shard) => doorbell.ring(shard),
  compute: { evaluate: expressions.evaluate, code: sandbox.run },
  definitionsOf: (versionIds) => loadDefinitions(database.pool, versionIds),
});
replayer.start();
const maintenance = startMaintenance(
  { transaction: (work) => database.transaction(work), random: Math.random, logger },
  { claimDays: environment.eventClaimDays },
);
const listener = doorbell.listen(
  Array.from({ length: shards }, (_, shard) => shard),
  async () => worker.wake(),
);
logger.info({ shards, concurrency: environment.workerConcurrency }, 'worker is ready');

/** Off, but for a variable that says where, or that standard input says so from time to time. */
function failpoints(): Failpoints {
  const act = actOnThisProcess(BLOCKED_LEASES * environment.leaseMs);
  if (environment.failpoint === null) return noFailpoints;
  return environment.failpoint === 'stdin'
    ? failpointsFrom(process.stdin, act)
    : armFailpoint(environment.failpoint, act);
}

/** A database that is just restarting is no reason for a worker to give up. */
async function connectPatiently(): Promise<Database> {
  const giveUpAt = performance.now() + CONNECT_PATIENCE_MS;
  for (;;) {
    try {
      return await connect(databaseUrl, {
        poolSize: POOL,
        applicationName: 'sagawright-worker',
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        logger,
      });
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'the database is not ready yet');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

let stopping = false;
const stop = async (signal: string): Promise<void> => {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, 'worker is draining');
  await Promise.all([
    worker.stop(DRAIN_PATIENCE_MS),
    maintenance.stop(),
    deliveries.stop(DRAIN_PATIENCE_MS),
    replayer.stop(),
  ]);
  expressions.close();
  sandbox.close();
  await listener.close();
  await Promise.all([doorbell.close(), live.close(), operations.close(), webhookEgress.close(), endTelemetry()]);
  await Promise.all([database.close(), leaseSession.close()]);
  logger.info('worker is done');
  process.exit(0);
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop(signal).catch((error: unknown) => {
      logger.error(
        { error: error instanceof Error ? error.message : String(error) },
        'draining failed; others take over',
      );
      process.exit(1);
    });
  });
}
