/** The one reader of `process.env`. Everything else takes what it needs as an argument. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { FailureError, failure } from '../kernel/index.js';

type Variables = Readonly<Record<string, string | undefined>>;

const optionalUrl = (what: string) =>
  z
    .url({ error: `must be a URL of ${what}` })
    .optional()
    .transform((value) => value ?? null);

const wholeNumber = (low: number, high: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `must be a whole number from ${low} to ${high}` })
    .transform(Number)
    .refine((value) => value >= low && value <= high, { error: `must be a whole number from ${low} to ${high}` })
    .default(fallback);

const databaseUrl = z
  .string({
    error: 'is missing; set it to a PostgreSQL URL such as postgres://user:password@127.0.0.1:5432/sagawright',
  })
  .regex(/^postgres(ql)?:\/\//, {
    error: 'must be a PostgreSQL URL such as postgres://user:password@127.0.0.1:5432/sagawright',
  });

const redisUrls = z
  .string()
  .optional()
  .refine((value) => value === undefined || value.split(',').every((url) => /^rediss?:\/\/\S+$/.test(url.trim())), {
    error:
      'must be redis://host:port, or several with commas between for a Redis Cluster; unset it to do without Redis',
  })
  .transform((value) => value?.split(',').map((url) => url.trim()) ?? null);

const sealingKey = z
  .string({ error: 'is missing; make one with: openssl rand -base64 32' })
  .transform((value) => Buffer.from(value, 'base64'))
  .refine((key) => key.length === 32, { error: 'must be 32 bytes in base64; make one with: openssl rand -base64 32' });

const hostAndPort = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/i;
const egressAllow = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== ''),
  )
  .refine((entries) => entries.every((entry) => hostAndPort.test(entry)), {
    error: 'must be a comma list of host:port, such as 127.0.0.1:4010,erp.internal:8443',
  });

const optionalPerSecond = z
  .string()
  .regex(/^\d{1,6}$/, { error: 'must be a whole number of requests a second; 0 lets in as many as come' })
  .transform(Number)
  .optional();

const optionalPort = z
  .string()
  .regex(/^\d{1,5}$/, { error: 'must be a port from 0 to 65535' })
  .transform(Number)
  .refine((port) => port <= 65_535, { error: 'must be a port from 0 to 65535' })
  .optional();

const proxies = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine((entries) => entries.every(isNetwork), {
    error: 'must be a comma list of addresses or networks of your proxies, such as 10.0.0.7,10.1.0.0/16',
  });

function isNetwork(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

const egressRate = /^((?:\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5})=(\d{1,4})\/(\d{1,8})$/i;
/** The ledger remembers so many calls of a destination at most; a higher rate is said with a shorter window. */
const MOST_CALLS = 1000;
const egressRates = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== '')
      .map((entry) => egressRate.exec(entry)),
  )
  .refine(
    (entries) =>
      entries.every(
        (entry) => entry !== null && Number(entry[2]) >= 1 && Number(entry[2]) <= MOST_CALLS && Number(entry[3]) >= 1,
      ),
    {
      error:
        'must be a comma list of host:port=calls/milliseconds with 1 to 1000 calls, such as api.example.com:443=100/60000',
    },
  )
  .transform(
    (entries) =>
      new Map(entries.map((entry) => [String(entry?.[1]), { limit: Number(entry?.[2]), perMs: Number(entry?.[3]) }])),
  );

const environmentSchema = z.object({
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrls,
  PORT: wholeNumber(0, 65_535, 3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: optionalUrl('this installation as its users see it, such as https://flows.example.com'),
  SAGAWRIGHT_KEY: sealingKey,
  DEMO_SHOP_URL: optionalUrl('the demo shop, such as http://127.0.0.1:4010'),
  EGRESS_ALLOW: egressAllow,
  EGRESS_RATES: egressRates,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
  WEB_ROOT: z
    .string()
    .optional()
    .transform((value) => value ?? null),
  MODE: z.enum(['local', 'production'], { error: 'must be local or production' }).default('production'),
  SHARDS: wholeNumber(1, 64, 1),
  WORKER_CONCURRENCY: wholeNumber(1, 10_000, 100),
  LEASE_MS: wholeNumber(500, 600_000, 5000),
  EVENT_CLAIM_DAYS: wholeNumber(1, 3650, 7),
  INTAKE_MB: wholeNumber(1, 100_000, 64),
  EVENT_MB: wholeNumber(1, 64, 16),
  WEBHOOK_CONCURRENCY: wholeNumber(1, 1000, 32),
  LOOP_HOPS: wholeNumber(1, 1000, 16),
  LOOP_SELF_STARTS: wholeNumber(1, 1000, 8),
  LOOP_EVENTS: wholeNumber(1, 100_000_000, 100_000),
  RATE_PER_ADDRESS: optionalPerSecond,
  RATE_PER_WORKSPACE: optionalPerSecond,
  RATE_PER_WEBHOOK: optionalPerSecond,
  TRUSTED_PROXIES: proxies,
  METRICS_PORT: optionalPort,
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_TOKEN: z
    .string()
    .regex(/^\S{16,}$/, { error: 'must have 16 characters at least and no space; make one with: openssl rand -hex 24' })
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl('an OpenTelemetry collector, such as http://127.0.0.1:4318'),
  FAILPOINT: z
    .string()
    .regex(/^[a-z-]+(:\d{1,6}(:[a-z]+)?)?$/, {
      error:
        'must be the name of a failpoint, with :n behind it for its n-th hit, and :stop or the like for what happens',
    })
    .optional()
    .transform((value) => value ?? null),
});

export interface Environment {
  readonly databaseUrl: string;
  /** One URL = a Redis server, several = nodes of a Redis Cluster, null = no Redis at all. */
  readonly redisUrls: readonly string[] | null;
  readonly port: number;
  readonly host: string;
  /** Where users and callers reach this installation; no slash at the end. */
  readonly publicUrl: string;
  /** 32 bytes that seal every stored secret. */
  readonly sealingKey: Buffer;
  readonly demoShopUrl: string | null;
  /** `host:port` entries that outgoing calls may reach besides public addresses. */
  readonly egressAllow: readonly string[];
  /** By `host:port`: how many calls all workers together make to it in any so many milliseconds. */
  readonly egressRates: ReadonlyMap<string, { readonly limit: number; readonly perMs: number }>;
  readonly logLevel: string;
  /** Folder of the built web app; null = it is served by something else. */
  readonly webRoot: string | null;
  readonly mode: 'local' | 'production';
  readonly shards: number;
  readonly workerConcurrency: number;
  readonly leaseMs: number;
  /** How long an event that comes again is known. */
  readonly eventClaimDays: number;
  /** Outbound webhooks under way at once in a worker. */
  readonly webhookConcurrency: number;
  /** How far events that runs publish may start further runs; see `event-cause.ts`. */
  readonly loops: { readonly hops: number; readonly selfStarts: number; readonly events: number };
  /** How much the bodies of all requests in hand may hold together. */
  readonly intakeBytes: number;
  /** How much one body may hold that carries events. */
  readonly eventBytes: number;
  /** Requests a second that one backend process lets in; 0 = as many as come. */
  readonly perSecond: { readonly address: number; readonly workspace: number; readonly webhook: number };
  /** Addresses or networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Where figures are shown to Prometheus: `port` null = on no port of their own; `token` null = not at the backend's door. */
  readonly metrics: { readonly port: number | null; readonly host: string; readonly token: string | null };
  /** Base address of an OpenTelemetry collector; null = no traces. */
  readonly otlpEndpoint: string | null;
  /** Where a worker hurts itself, to prove that nothing is lost there; null outside tests. */
  readonly failpoint: string | null;
}

/** On one's own machine nobody needs protection; a loop that runs wild is stopped all the same. */
const PER_SECOND = {
  local: { address: 20_000, workspace: 20_000, webhook: 20_000 },
  production: { address: 200, workspace: 2000, webhook: 1000 },
} as const;

/** @throws FailureError `environment.invalid`, whose one-line message names the variable and the way out */
export function readEnvironment(variables: Variables = process.env): Environment {
  const read = parse(environmentSchema, variables);
  return {
    databaseUrl: read.DATABASE_URL,
    redisUrls: read.REDIS_URL,
    port: read.PORT,
    host: read.HOST,
    publicUrl: (read.PUBLIC_URL ?? `http://${read.HOST}:${read.PORT}`).replace(/\/+$/, ''),
    sealingKey: read.SAGAWRIGHT_KEY,
    demoShopUrl: read.DEMO_SHOP_URL?.replace(/\/+$/, '') ?? null,
    egressAllow: read.EGRESS_ALLOW,
    egressRates: read.EGRESS_RATES,
    logLevel: read.LOG_LEVEL,
    webRoot: read.WEB_ROOT,
    mode: read.MODE,
    shards: read.SHARDS,
    workerConcurrency: read.WORKER_CONCURRENCY,
    leaseMs: read.LEASE_MS,
    eventClaimDays: read.EVENT_CLAIM_DAYS,
    webhookConcurrency: read.WEBHOOK_CONCURRENCY,
    loops: { hops: read.LOOP_HOPS, selfStarts: read.LOOP_SELF_STARTS, events: read.LOOP_EVENTS },
    intakeBytes: read.INTAKE_MB * 1024 * 1024,
    eventBytes: read.EVENT_MB * 1024 * 1024,
    perSecond: {
      address: read.RATE_PER_ADDRESS ?? PER_SECOND[read.MODE].address,
      workspace: read.RATE_PER_WORKSPACE ?? PER_SECOND[read.MODE].workspace,
      webhook: read.RATE_PER_WEBHOOK ?? PER_SECOND[read.MODE].webhook,
    },
    trustedProxies: read.TRUSTED_PROXIES,
    metrics: { port: read.METRICS_PORT ?? null, host: read.METRICS_HOST, token: read.METRICS_TOKEN ?? null },
    otlpEndpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT,
    failpoint: read.FAILPOINT,
  };
}

/** All that the migration program needs. */
export function readMigrationEnvironment(variables: Variables = process.env): {
  databaseUrl: string;
  logLevel: string;
} {
  const read = parse(environmentSchema.pick({ DATABASE_URL: true, LOG_LEVEL: true }), variables);
  return { databaseUrl: read.DATABASE_URL, logLevel: read.LOG_LEVEL };
}

const demoShopSchema = environmentSchema.pick({ LOG_LEVEL: true }).extend({
  DEMO_SHOP_PORT: wholeNumber(0, 65_535, 4010),
  DEMO_SHOP_DATA: z.string({
    error: "is missing; set it to the file that keeps the demo shop's ledger, such as .data/demo-shop.jsonl",
  }),
});

export function readDemoShopEnvironment(variables: Variables = process.env): {
  port: number;
  ledgerFile: string;
  logLevel: string;
} {
  const read = parse(demoShopSchema, variables);
  return { port: read.DEMO_SHOP_PORT, ledgerFile: read.DEMO_SHOP_DATA, logLevel: read.LOG_LEVEL };
}

/** `TEST_DATABASE_URL`: administrator's URL of a PostgreSQL server that tests may make databases on; null = start one. */
export function readTestDatabaseUrl(variables: Variables = process.env): string | null {
  return emptyIsAbsent(variables)['TEST_DATABASE_URL'] ?? null;
}

function parse<S extends z.ZodType>(schema: S, variables: Variables): z.output<S> {
  const result = schema.safeParse(emptyIsAbsent(variables));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new FailureError(failure('user', 'environment.invalid', `${String(issue?.path[0])} ${issue?.message}.`));
}

/** `REDIS_URL= npm start` is how a shell says "without". */
function emptyIsAbsent(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
}
