/** Puts the backend together: services made by hand from the platform, controllers bound to the route table. */
import 'reflect-metadata';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import { Module } from '@nestjs/common';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Catalogue } from '@sagawright/shared/saga';
import { uuidv7 } from '@sagawright/shared/server';
import type { Database, Doorbell, LiveBus, Logger, Sealer } from '@sagawright/shared/server';
import type { Template } from '@sagawright/shared/template';
import { Access } from './auth/access.js';
import { ApiKeys } from './auth/api-keys.js';
import { AuthController } from './auth/auth.controller.js';
import { AuthGuard } from './auth/guard.js';
import { SessionCookie } from './auth/session-cookie.js';
import { Sessions } from './auth/sessions.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DeadLetters } from './dead-letters/dead-letters.js';
import { Redrive } from './dead-letters/redrive.js';
import { DemoShopController } from './demo/demo-shop.controller.js';
import { DemoShop } from './demo/demo-shop.js';
import type { DemoShopDoor } from './demo/demo-shop.js';
import { LanesController } from './events/lanes.controller.js';
import { Lanes } from './events/lanes.js';
import { MatchExplainer } from './events/match-explainer.js';
import { MatchingController } from './events/matching.controller.js';
import { EventsController } from './events/events.controller.js';
import { EventSearch } from './events/event-search.js';
import { Events } from './events/events.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { HooksController } from './hooks/hooks.controller.js';
import { Ingest } from './hooks/ingest.js';
import { RunReply } from './hooks/run-reply.js';
import { RunStarter } from './hooks/run-starter.js';
import type { Outgoing } from './hooks/provider-keys.js';
import { Webhooks } from './hooks/webhooks.js';
import { BODY_LIMIT_BYTES, Intake } from './door/intake.js';
import { ProblemFilter, answerBrokenRequest, sendProblem } from './door/problem-filter.js';
import { NO_RATES, Rates } from './door/rates.js';
import type { DoorRates } from './door/rates.js';
import { EventTailController } from './ops/event-tail.controller.js';
import { EventTails } from './ops/event-tail.js';
import { MetricsController, MetricsToken } from './ops/metrics.controller.js';
import { observeRequests } from './ops/observed-requests.js';
import { DeliveryLog } from './outbound/delivery-log.js';
import { EndpointsController } from './outbound/endpoints.controller.js';
import { Endpoints } from './outbound/endpoints.js';
import { ReplaysController } from './replays/replays.controller.js';
import { Replays } from './replays/replays.js';
import { LiveRuns } from './runs/live-runs.js';
import { RunAnswers } from './runs/run-answers.js';
import { RunsController } from './runs/runs.controller.js';
import { Runs } from './runs/runs.js';
import { EventTypesController } from './schemas/event-types.controller.js';
import { EventTypes } from './schemas/event-types.js';
import { TasksController } from './tasks/tasks.controller.js';
import { Tasks } from './tasks/tasks.js';
import { OpenApiController } from './web/openapi.controller.js';
import { serveWebApp } from './web/web-app.js';
import { TriggerSecrets } from './workflows/trigger-secrets.js';
import { Pauses } from './workflows/pauses.js';
import { WorkflowsController } from './workflows/workflows.controller.js';
import { RetentionController } from './workflows/retention.controller.js';
import { Retention } from './workflows/retention.js';
import { Workflows } from './workflows/workflows.js';
import { WorkspaceController } from './workflows/workspace.controller.js';

const CLOSE_PATIENCE_MS = 3_000;
const MOST_BODY_BYTES = 64 * 1024 * 1024;

/** What the backend stands on. */
export interface Platform {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly doorbell: Pick<Doorbell, 'ring'>;
  readonly live: LiveBus;
  readonly logger: Logger;
  readonly publicUrl: string;
  readonly shards: number;
  readonly webRoot: string | null;
  readonly templates: readonly Template[];
  readonly connectors: Catalogue;
  readonly demoShop: DemoShopDoor | null;
  /** By which the keys of webhook providers are fetched; without it, whoever signs by such keys is refused. */
  readonly outgoing?: Outgoing;
  /** How long a whole request may take to arrive. */
  readonly requestTimeoutMs?: number;
  /** How many deliveries may wait to be stored before senders are told to come back. */
  readonly mostWaiting?: number;
  /** How much the bodies of all requests in hand may hold together. */
  readonly mostBodyBytes?: number;
  /** How much one body may hold that carries events. */
  readonly mostEventBytes?: number;
  /** How many requests are let in; absent = all. */
  readonly rates?: DoorRates;
  /** Addresses or networks of proxies that say truly from whom a request comes. */
  readonly trustedProxies?: readonly string[];
  /** `host:port` entries that outbound webhooks may reach besides public addresses, and by http. */
  readonly egressAllow?: readonly string[];
  /** By which Prometheus may read the figures at this door; absent = nobody may. */
  readonly metricsToken?: string | null;
}

export interface App {
  readonly nest: NestFastifyApplication;
  /** @throws Error with code `EADDRINUSE` when another program has the port */
  listen(address: { port: number; host: string }): Promise<void>;
  /** Stops taking requests, ends live streams, finishes what is in hand. */
  close(): Promise<void>;
}

export const CONTROLLERS = [
  AuthController,
  WorkflowsController,
  WorkspaceController,
  RetentionController,
  RunsController,
  TasksController,
  EventsController,
  MatchingController,
  LanesController,
  EventTypesController,
  DeadLettersController,
  HooksController,
  ReplaysController,
  EndpointsController,
  DemoShopController,
  HealthController,
  EventTailController,
  MetricsController,
  OpenApiController,
];

@Module({})
class AppModule {
  static on(platform: Platform, rates: Rates, intake: Intake): DynamicModule {
    const { database, logger, publicUrl } = platform;
    const sessionCookie = new SessionCookie(publicUrl);
    const secrets = new TriggerSecrets(platform.sealer);
    const ingest = new Ingest(database.pool, platform.doorbell, platform.live, platform.shards, {
      ...(platform.mostWaiting === undefined ? {} : { mostWaiting: platform.mostWaiting }),
    });
    const workflows = new Workflows(database, secrets, publicUrl, platform.templates, platform.connectors);
    const runs = new Runs(database, platform.doorbell, platform.shards);
    const answers = new RunAnswers(database.pool, platform.live);
    const services = [
      intake,
      sessionCookie,
      runs,
      new Sessions(database),
      new ApiKeys(database),
      workflows,
      new Replays(database, workflows),
      new Endpoints(database, platform.sealer, platform.egressAllow ?? []),
      new DeliveryLog(database, platform.shards),
      new Pauses(database, platform.doorbell, platform.shards),
      new Retention(database),
      new RunStarter(database.pool, ingest, publicUrl),
      new Webhooks(database.pool, secrets, ingest, publicUrl, rates, platform.outgoing ?? null),
      answers,
      new RunReply(answers),
      new Events(database.pool, platform.doorbell, platform.live, platform.shards, publicUrl),
      new EventSearch(database.pool),
      new MatchExplainer(database.pool),
      new Lanes(database, platform.doorbell),
      new EventTypes(database),
      new DeadLetters(database),
      new Redrive(database, platform.doorbell, platform.live, platform.shards),
      new Tasks(database, platform.doorbell),
      new LiveRuns(platform.live, runs, new Access(database)),
      new DemoShop(platform.demoShop),
      new Readiness(database),
      new EventTails(database.pool, new Access(database), logger),
      new MetricsToken(platform.metricsToken ?? null),
    ];
    return {
      module: AppModule,
      controllers: CONTROLLERS,
      providers: [
        ...services.map((service) => ({ provide: service.constructor, useValue: service })),
        { provide: APP_GUARD, useValue: new AuthGuard(database, sessionCookie, publicUrl, rates) },
        { provide: APP_FILTER, useValue: new ProblemFilter(logger) },
      ],
    };
  }
}

export async function createApp(platform: Platform): Promise<App> {
  const { logger, trustedProxies = [] } = platform;
  const rates = new Rates(platform.rates ?? NO_RATES);
  const intake = new Intake(platform.mostBodyBytes ?? MOST_BODY_BYTES, platform.mostEventBytes);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    // A sender that trickles holds a connection no longer than this; Node looks every few seconds.
    requestTimeout: platform.requestTimeoutMs ?? 30_000,
    http: {
      headersTimeout: Math.min(15_000, platform.requestTimeoutMs ?? 15_000),
      connectionsCheckingInterval: Math.min(2_000, platform.requestTimeoutMs ?? 2_000),
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
    genReqId: () => uuidv7(),
    forceCloseConnections: 'idle',
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(error, request, reply, logger),
    routerOptions: { maxParamLength: 500 },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
  });
  const nest = await NestFactory.create<NestFastifyApplication>(AppModule.on(platform, rates, intake), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLog(logger),
  });
  const fastify = adapter.getInstance();
  // Bodies stay bytes: webhooks are verified on them, and contracts parse them after the guard.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', intake.read);
  observeRequests(fastify);
  await nest.register(cookie);
  fastify.addHook('onRequest', (request, reply, done) => {
    // Answers hold people's data and, some of them, secrets: nothing between us and the caller keeps a copy.
    if (isForUs(request.url)) reply.header('cache-control', 'no-store');
    done();
  });
  await nest.register(helmet, securityHeaders(platform.publicUrl.startsWith('https:')));
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isForUs(request.url)) return done();
    intake.watch(request, reply);
    try {
      rates.address(request.ip);
    } catch (error) {
      // The handlers' filter is not there yet.
      return sendProblem(error, request, reply, logger);
    }
    done();
  });
  if (platform.webRoot !== null) await serveWebApp(fastify, platform.webRoot);
  await nest.init();
  await fastify.ready();
  return {
    nest,
    listen: async (address) => {
      await fastify.listen(address);
    },
    close: async () => {
      nest.get(Readiness).drain();
      nest.get(EventTails).close();
      await Promise.all([nest.get(LiveRuns).close(), nest.get(RunAnswers).close()]);
      // What has not finished by then hangs: a half-sent request, a reader that went away.
      const patience = setTimeout(() => fastify.server.closeAllConnections(), CLOSE_PATIENCE_MS).unref();
      await nest.close();
      clearTimeout(patience);
    },
  };
}

/** The interface and the webhooks, not the web app's files nor the health probes. */
function isForUs(url: string): boolean {
  return url.startsWith('/api/') || url.startsWith('/hooks/');
}

function securityHeaders(https: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The canvas places nodes by style attributes.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' as const },
    strictTransportSecurity: https,
    referrerPolicy: { policy: 'no-referrer' as const },
  };
}

function nestLog(logger: Logger): LoggerService {
  return {
    log: (message: unknown) => logger.debug(String(message)),
    error: (message: unknown) => logger.error(String(message)),
    warn: (message: unknown) => logger.warn(String(message)),
  };
}
