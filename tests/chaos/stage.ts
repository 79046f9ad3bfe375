/**
 * The stage: real processes of everything that a run needs, each of which can be hurt.
 * Everything lives in one temporary folder and ends with {@link Stage.close}.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  connect,
  freePort,
  insertApiKey,
  randomToken,
  sha256,
  startPostgres,
  startRedis,
} from '@sagawright/shared/server';
import type { Database, EmbeddedServer } from '@sagawright/shared/server';
import { testRedisCluster, until } from '@sagawright/shared/testing';
import type { TestRedisCluster } from '@sagawright/shared/testing';
import { Door } from './door.js';
import { Link } from './link.js';

/** From here, built or not. */
const root = path.resolve(
  import.meta.dirname,
  path.basename(path.dirname(import.meta.dirname)) === 'dist' ? '../../..' : '../..',
);

export interface StageOptions {
  readonly workers: number;
  readonly leaseMs: number;
  readonly redis: boolean;
  /** A Redis Cluster of three nodes in the place of one Redis. */
  readonly cluster?: boolean;
  /** Where an older build of the product lies. */
  readonly older?: string;
  readonly concurrency?: number;
  /** fsync on, as shipped. */
  readonly durable?: boolean;
  readonly logLevel?: string;
  /** The product's doors too. */
  readonly backend?: boolean;
  /** How many processes have doors; default 1. */
  readonly backends?: number;
  /** Called by the runs in place of the demo shop. */
  readonly shopUrl?: string;
  /** Variables of the backend and the workers beside their own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where every process leaves its CPU profile when the stage closes. */
  readonly profileDir?: string;
  /** Makes it a stage for storms: the doors, the participant in the shop's place, and a link in every line that can be hurt. */
  readonly storm?: boolean;
  /** A disk of its own for PostgreSQL, of so many megabytes, where the system lets us have one. */
  readonly diskMb?: number;
}

/** What not every stage has. */
export type Need = 'redis' | 'cluster' | 'disk' | 'older';

/** The lines that can be hurt, by who calls and who is called. */
export interface Links {
  readonly 'worker-postgres': Link;
  readonly 'worker-redis': Link;
  readonly 'worker-participant': Link;
  readonly 'backend-postgres': Link;
}

export class Stage {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'sagawright-chaos-'));
  readonly ledgerFile = path.join(this.folder, 'ledger.jsonl');
  private postgres!: EmbeddedServer;
  private redis: EmbeddedServer | null = null;
  private redisPort = 0;
  cluster: TestRedisCluster | null = null;
  private readonly workers: (ChildProcess | null)[] = [];
  private shop: ChildProcess | null = null;
  private readonly backends: (ChildProcess | null)[] = [];
  private participant: ChildProcess | null = null;
  private closing = false;
  /** A worker that ended by itself is started again, unless a fault minds it. */
  private readonly minded = new Set<number>();
  /** Ends that nobody had asked for. */
  readonly surprises: string[] = [];
  links: Links | null = null;
  door!: Door;
  participantUrl = '';
  /** PostgreSQL has a disk that can be filled. */
  ownDisk = false;
  db!: Database;
  shopUrl = '';
  readonly backendUrls: string[] = [];
  /** Seals the secrets of triggers. */
  readonly sealingKey = KEY;

  private constructor(private readonly options: StageOptions) {}

  static async set(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    try {
      await stage.begin();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  private async begin(): Promise<void> {
    // PostgreSQL's user has to get in, or the data would live elsewhere.
    chmodSync(this.folder, 0o755);
    await this.startDatabase();
    this.db = await connect(this.postgres.url, { applicationName: 'chaos', poolSize: 4 });
    await this.db.migrate();
    if (this.options.cluster === true) this.cluster = await testRedisCluster();
    else if (this.options.redis) {
      this.redisPort = await freePort();
      this.redis = await this.startRedis();
    }
    if (this.options.storm === true) await this.prepareStorm();
    else {
      if (this.options.shopUrl === undefined) await this.openShop();
      else this.shopUrl = this.options.shopUrl;
      if (this.options.backend === true) await this.startBackends();
    }
    for (let index = 0; index < this.options.workers; index += 1) this.startWorker(index);
  }

  has(need: Need): boolean {
    const { redis, cluster, ownDisk, options } = this;
    return { redis: redis !== null, cluster: cluster !== null, disk: ownDisk, older: options.older !== undefined }[
      need
    ];
  }

  get redisUrl(): string | null {
    return this.redis === null ? null : this.redis.url;
  }

  get backendPid(): number | undefined {
    return this.backends[0]?.pid;
  }

  get leaseMs(): number {
    return this.options.leaseMs;
  }

  get workerCount(): number {
    return this.options.workers;
  }

  /** What Node is told when it runs a worker. */
  get workerOptions(): string {
    return this.options.storm === true ? SMALL_HEAP : '';
  }

  startWorker(index: number, extra: Record<string, string> = {}, from: string = root): ChildProcess {
    const armed: Record<string, string> =
      this.options.storm === true ? { FAILPOINT: 'stdin', NODE_OPTIONS: this.workerOptions } : {};
    const variables = { ...this.workerEnvironment(), ...armed, ...extra };
    const child = this.run(`worker-${index}`, 'workers/dist/main.js', variables, from);
    this.workers[index] = child;
    return child;
  }

  /** Has a worker hurt itself at a failpoint (`name:n:what`); an empty text disarms it. */
  arm(worker: ChildProcess, failpoint: string): void {
    worker.stdin?.write(`${failpoint}\n`);
  }

  worker(index: number): ChildProcess | null {
    return this.workers[index] ?? null;
  }

  /** Whoever minds a worker starts it again. */
  mind(index: number, minded: boolean): void {
    if (minded) this.minded.add(index);
    else this.minded.delete(index);
  }

  /** The first of the doors' addresses. */
  get backendUrl(): string {
    return this.backendUrls[0] ?? '';
  }

  get backendCount(): number {
    return this.backendUrls.length;
  }

  /** kill -9, then a new process on the same port. */
  async killBackend(extra: Record<string, string> = {}): Promise<void> {
    await this.againBackend(0, 'SIGKILL', extra);
  }

  /** In good order, then a new process on the same port; meanwhile the other backends have the doors. */
  async restartBackend(index: number): Promise<void> {
    await this.againBackend(index, 'SIGTERM');
  }

  private async againBackend(index: number, signal: NodeJS.Signals, extra: Record<string, string> = {}): Promise<void> {
    const child = this.backends[index];
    if (child !== undefined && child !== null) await ended(child, signal);
    await this.startBackend(index, extra);
  }

  /** In good order: the one of the other build is there before this one is told to end. */
  async replaceWorker(index: number, build: 'older' | 'current'): Promise<ChildProcess> {
    const leaving = this.workers[index];
    const next = this.startWorker(index, {}, build === 'older' ? this.options.older : root);
    if (leaving !== undefined && leaving !== null) await ended(leaving, 'SIGTERM');
    return next;
  }

  /** kill -9, then a new process. */
  async killWorker(index: number, extra: Record<string, string> = {}): Promise<ChildProcess> {
    const child = this.workers[index];
    if (child !== undefined && child !== null) await ended(child, 'SIGKILL');
    return this.startWorker(index, extra);
  }

  async restartDatabase(): Promise<void> {
    if (isAlive(this.postgres.pid)) process.kill(this.postgres.pid, 'SIGQUIT');
    const { pid } = this.postgres;
    await until(() => !isAlive(pid), 20_000);
    await this.startDatabase(Number(new URL(this.postgres.url).port));
  }

  /** After something that PostgreSQL may not have outlived. */
  async reviveDatabase(): Promise<void> {
    const answers = (): Promise<boolean> =>
      this.db.pool.query('SELECT 1').then(
        () => true,
        () => false,
      );
    const deadline = performance.now() + 15_000;
    while (isAlive(this.postgres.pid) && performance.now() < deadline) if (await answers()) return;
    await this.restartDatabase();
  }

  get databaseFolder(): string {
    return path.join(this.folder, 'postgres');
  }

  get redisPid(): number | null {
    return this.redis?.pid ?? null;
  }

  async stopRedis(): Promise<void> {
    await this.redis?.stop();
  }

  async restartRedis(): Promise<void> {
    if (this.redis === null) return;
    await this.redis.stop();
    this.redis = await this.startRedis();
  }

  /** @param keepLogs leaves what the processes have said, and says where */
  async close(keepLogs = false): Promise<void> {
    this.closing = true;
    const children = [...this.workers, ...this.backends, this.shop, this.participant].filter(
      (child) => child !== null && child !== undefined,
    );
    await Promise.all(
      children.map((child) => ended(child, this.options.profileDir === undefined ? 'SIGKILL' : 'SIGTERM')),
    );
    await (this.db as Database | undefined)?.close();
    await this.redis?.stop();
    await this.cluster?.stop();
    for (const link of Object.values(this.links ?? {}) as Link[]) await link.close();
    await (this.postgres as EmbeddedServer | undefined)?.stop();
    // A last process of PostgreSQL may still be on its way out: the disk goes with it.
    if (this.ownDisk) asRoot('umount', ['--lazy', this.databaseFolder]);
    for (const name of readdirSync(this.folder)) {
      if (!keepLogs || !/\.(log|jsonl)$/.test(name))
        rmSync(path.join(this.folder, name), { recursive: true, force: true });
    }
    if (keepLogs) console.log(`chaos: the logs are in ${this.folder}`);
    else rmSync(this.folder, { recursive: true, force: true });
  }

  /** @returns bytes that are free on PostgreSQL's own disk */
  get diskLeft(): number {
    const { bavail, bsize } = statfsSync(this.databaseFolder);
    return bavail * bsize;
  }

  private mountDisk(megabytes: number): void {
    mkdirSync(this.databaseFolder);
    const args = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.databaseFolder];
    this.ownDisk = asRoot('mount', args) === 0;
  }

  private async prepareStorm(): Promise<void> {
    this.links = {
      'worker-postgres': await Link.to(portOf(this.postgres.url)),
      'backend-postgres': await Link.to(portOf(this.postgres.url)),
      'worker-redis': await Link.to(this.redisPort),
      'worker-participant': await Link.to(await freePort()),
    };
    await this.startBackends();
    this.door = new Door(
      this.backendUrls.map((url) => `${url}/api/v1`),
      await this.makeApiKey(),
    );
    const { farPort } = this.links['worker-participant'];
    this.participantUrl = `http://127.0.0.1:${farPort}`;
    this.participant = this.run('participant', 'tests/dist/chaos/participant.js', {
      PARTICIPANT_PORT: String(farPort),
      PARTICIPANT_LEDGER: this.ledgerFile,
      CALLBACK_URL: this.door.urls[0] ?? '',
      CALLBACK_KEY: this.door.key,
    });
    await until(() => answers(this.participantUrl), 20_000);
  }

  /** Of the first owner, who comes with the first start of the backend. */
  async makeApiKey(): Promise<string> {
    const body = `wf_live_${randomToken(256)}`;
    const key = body + sha256(body).toString('hex').slice(0, 6);
    const { rows } = await this.db.pool.query<{ id: string; workspace_id: string }>(
      'SELECT id, workspace_id FROM app_user ORDER BY created_at LIMIT 1',
    );
    const [owner] = rows;
    if (owner === undefined) throw new Error('The backend made no owner.');
    await insertApiKey(this.db.pool, owner.workspace_id, {
      id: randomUUID(),
      createdBy: owner.id,
      name: 'chaos',
      prefix: key.slice(0, 12),
      keyHash: sha256(key),
      scopes: ['workflows:read', 'workflows:write', 'runs:read', 'runs:write', 'runs:start'],
      expiresInDays: null,
    });
    return key;
  }

  private async openShop(): Promise<void> {
    const port = await freePort();
    this.shopUrl = `http://127.0.0.1:${port}`;
    this.shop = this.run('shop', 'backend/dist/demo-shop/main.js', {
      DEMO_SHOP_PORT: String(port),
      DEMO_SHOP_DATA: this.ledgerFile,
    });
    await until(() => answers(`${this.shopUrl}/demo-shop`), 20_000);
  }

  private async startDatabase(port?: number): Promise<void> {
    if (port === undefined && this.options.diskMb !== undefined) this.mountDisk(this.options.diskMb);
    this.postgres = await startPostgres({
      dataDir: this.databaseFolder,
      ...(port === undefined ? {} : { port }),
      durable: this.options.durable ?? true,
      log: () => undefined,
    });
  }

  private async startRedis(): Promise<EmbeddedServer | null> {
    return await startRedis({ dataDir: path.join(this.folder, 'redis'), port: this.redisPort, durable: false });
  }

  private async startBackends(): Promise<void> {
    const { backends = 1 } = this.options;
    // One after another: the first one makes the owner.
    for (let index = 0; index < backends; index += 1) await this.startBackend(index);
  }

  private async startBackend(index: number, extra: Record<string, string> = {}): Promise<void> {
    const url = (this.backendUrls[index] ??= `http://127.0.0.1:${await freePort()}`);
    this.backends[index] = this.run(backendName(index), 'backend/dist/main.js', {
      ...this.workerEnvironment(),
      DATABASE_URL: this.links?.['backend-postgres'].via(this.postgres.url) ?? this.postgres.url,
      ...(this.redis === null ? {} : { REDIS_URL: this.redis.url }),
      PORT: String(portOf(url)),
      ...extra,
    });
    await until(() => answers(`${url}/health/ready`), 120_000);
  }

  private workerEnvironment(): Record<string, string> {
    const { postgres, redis, cluster, links } = this;
    const callee = links === null ? this.shopUrl : `http://127.0.0.1:${links['worker-participant'].port}`;
    return {
      DATABASE_URL: links?.['worker-postgres'].via(postgres.url) ?? postgres.url,
      ...(redis === null ? {} : { REDIS_URL: links?.['worker-redis'].via(redis.url) ?? redis.url }),
      ...(cluster === null ? {} : { REDIS_URL: cluster.urls.join(','), SHARDS: String(CLUSTER_SHARDS) }),
      SAGAWRIGHT_KEY: KEY,
      ...(this.shopUrl === '' ? {} : { DEMO_SHOP_URL: this.shopUrl }),
      EGRESS_ALLOW: new URL(callee).host,
      LEASE_MS: String(this.options.leaseMs),
      ...(this.options.concurrency === undefined ? {} : { WORKER_CONCURRENCY: String(this.options.concurrency) }),
      MODE: 'local',
      ...this.options.settings,
    };
  }

  /** What a service manager does: say it, and start it again. */
  private endedByItself(name: string, code: number | null): void {
    const index = this.workers.findIndex((_, position) => name === `worker-${position}`);
    if (this.minded.has(index)) return;
    const words = readFileSync(path.join(this.folder, `${name}.log`), 'utf8').slice(-600);
    this.surprises.push(`${name} ended by itself with code ${String(code)}`);
    console.error(`chaos: ${name} ended by itself with code ${String(code)}: ${words}`);
    if (index >= 0) this.startWorker(index);
    else void this.startAgain(name);
  }

  private async startAgain(name: string): Promise<void> {
    const index = this.backendUrls.findIndex((_, position) => name === backendName(position));
    if (index >= 0) await this.startBackend(index);
  }

  private run(name: string, program: string, variables: Record<string, string>, from: string = root): ChildProcess {
    const { profileDir } = this.options;
    const profile =
      profileDir === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${name}.cpuprofile`];
    const child = spawn(process.execPath, [...profile, path.join(from, program)], {
      env: { PATH: process.env['PATH'], LOG_LEVEL: this.options.logLevel ?? 'info', ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const log = createWriteStream(path.join(this.folder, `${name}.log`), { flags: 'a' });
    child.stdin.on('error', () => undefined);
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.on('exit', (code, signal) => {
      if (!this.closing && signal === null && code !== 0) this.endedByItself(name, code);
    });
    return child;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** @returns 0 when the system let us */
function asRoot(program: 'mount' | 'umount', args: readonly string[]): number | null {
  return spawnSync(program, args, { stdio: 'ignore' }).status;
}

/** Also the name of its log. */
function backendName(index: number): string {
  return index === 0 ? 'backend' : `backend-${index}`;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** Each node of the cluster has its share. */
const CLUSTER_SHARDS = 6;

/** Enough for the load, and soon full when a fault wants that. */
const SMALL_HEAP = '--max-old-space-size=256';

const KEY = randomBytes(32).toString('base64');

/** Sends the signal and waits for the end. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  if (signal === 'SIGKILL') child.kill('SIGCONT');
  await exit;
  return child.exitCode;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
