/** Program: the backend. Serves the interface, the webhooks and the web app. */
import { connectors } from '@sagawright/shared/connector';
import {
  beginTelemetry,
  connect,
  createDoorbell,
  createEgress,
  createLiveBus,
  createLogger,
  createSealer,
  readEnvironment,
} from '@sagawright/shared/server';
import type { Environment, Logger } from '@sagawright/shared/server';
import { templates } from '@sagawright/shared/template';
import { createApp } from './app.js';
import { demoShopDoor } from './demo/demo-shop.js';
import { rateOf } from './door/rates.js';
import { makeSignInLink, prepareFirstRun } from './first-run.js';
import { VERSION } from './version.js';

/** A connection that is half open would keep its request, and in the end the whole pool, until the operating system notices. */
const STATEMENT_TIMEOUT_MS = 10_000;

async function start(environment: Environment, logger: Logger): Promise<() => Promise<void>> {
  const { databaseUrl, redisUrls, publicUrl, port, host } = environment;
  const database = await connect(databaseUrl, {
    applicationName: 'sagawright-backend',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    logger,
  });
  await database.migrate();
  const { ownerHasPassword } = await prepareFirstRun(database);
  const endTelemetry = await beginTelemetry(environment, { room: 'backend', version: VERSION, pool: database.pool });

  const doorbell = createDoorbell({ redisUrls, databaseUrl, logger });
  const live = createLiveBus({ redisUrls, databaseUrl, pool: database.pool, logger });
  const egress = createEgress({ allow: environment.egressAllow });
  const app = await createApp({
    database,
    doorbell,
    live,
    logger,
    publicUrl,
    sealer: createSealer(environment.sealingKey),
    shards: environment.shards,
    webRoot: environment.webRoot,
    templates,
    connectors,
    outgoing: egress,
    mostBodyBytes: environment.intakeBytes,
    mostEventBytes: environment.eventBytes,
    egressAllow: environment.egressAllow,
    rates: {
      address: rateOf(environment.perSecond.address),
      workspace: rateOf(environment.perSecond.workspace),
      webhook: rateOf(environment.perSecond.webhook),
    },
    trustedProxies: environment.trustedProxies,
    metricsToken: environment.metrics.token,
    demoShop:
      environment.mode === 'local' && environment.demoShopUrl !== null
        ? demoShopDoor(egress, environment.demoShopUrl)
        : null,
  });
  const stop = async (): Promise<void> => {
    await app.close();
    await Promise.all([doorbell.close(), live.close(), egress.close(), endTelemetry()]);
    await database.close();
  };
  try {
    await app.listen({ port, host });
  } catch (error) {
    await stop();
    throw error;
  }
  if (!ownerHasPassword) {
    const signInLink = await makeSignInLink(database, publicUrl);
    logger.info({ signInLink }, 'the owner has no password yet; sign in with this one-time link');
  }
  logger.info({ url: publicUrl, host, port, ready: true }, 'the backend is ready');
  return stop;
}

const fallbackLogger = createLogger({ name: 'backend', level: 'info' });

/** One clear line for what a person can mend, and exit code 1. */
function complain(error: unknown, environment: Environment | null): void {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  const message =
    code === 'EADDRINUSE' && environment !== null
      ? `Port ${environment.port} on ${environment.host} is in use; stop the other program or set PORT to a free one.`
      : error instanceof Error
        ? error.message
        : String(error);
  fallbackLogger.fatal({ code }, message);
  process.exitCode = 1;
}

let environment: Environment | null = null;
try {
  environment = readEnvironment();
  const logger = createLogger({ name: 'backend', level: environment.logLevel });
  const stop = await start(environment, logger);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      logger.info({ signal }, 'the backend stops');
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          complain(error, null);
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  complain(error, environment);
}
