/**
 * The stage: real processes of everything that a run needs, each of which can be hurt.
 * Everything lives in one temporary folder and ends with {@link Stage.close}.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, freePort, startPostgres, startRedis } from '@sagawright/shared/server';
import type { Database, EmbeddedServer } from '@sagawright/shared/server';
import { until } from '@sagawright/shared/testing';

const root = path.resolve(import.meta.dirname, '../../..');

export interface StageOptions {
  readonly workers: number;
  readonly leaseMs: number;
  readonly redis: boolean;
  readonly concurrency?: number;
  /** fsync on, as shipped. */
  readonly durable?: boolean;
  readonly logLevel?: string;
  /** The product's doors too. */
  readonly backend?: boolean;
  /** Where every process leaves its CPU profile when the stage closes. */
  readonly profileDir?: string;
}

export class Stage {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'sagawright-chaos-'));
  readonly ledgerFile = path.join(this.folder, 'shop.jsonl');
  private postgres!: EmbeddedServer;
  private redis: EmbeddedServer | null = null;
  private redisPort = 0;
  private readonly workers: (ChildProcess | null)[] = [];
  private shop: ChildProcess | null = null;
  private backend: ChildProcess | null = null;
  private closing = false;
  db!: Database;
  shopUrl = '';
  backendUrl = '';
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
    await this.startDatabase();
    this.db = await connect(this.postgres.url, { applicationName: 'chaos', poolSize: 4 });
    await this.db.migrate();
    if (this.options.redis) {
      this.redisPort = await freePort();
      this.redis = await this.startRedis();
    }
    const port = await freePort();
    this.shopUrl = `http://127.0.0.1:${port}`;
    this.shop = this.run('shop', 'backend/dist/demo-shop/main.js', {
      DEMO_SHOP_PORT: String(port),
      DEMO_SHOP_DATA: this.ledgerFile,
    });
    await until(() => this.shopAnswers(), 20_000);
    if (this.options.backend === true) await this.startBackend();
    for (let index = 0; index < this.options.workers; index += 1) this.startWorker(index);
  }

  get redisUrl(): string | null {
    return this.redis === null ? null : this.redis.url;
  }

  get backendPid(): number | undefined {
    return this.backend?.pid;
  }

  get workerCount(): number {
    return this.options.workers;
  }

  startWorker(index: number, extra: Record<string, string> = {}): ChildProcess {
    const child = this.run(`worker-${index}`, 'workers/dist/main.js', { ...this.workerEnvironment(), ...extra });
    this.workers[index] = child;
    return child;
  }

  worker(index: number): ChildProcess | null {
    return this.workers[index] ?? null;
  }

  /** kill -9, then a new process. */
  async killWorker(index: number, extra: Record<string, string> = {}): Promise<ChildProcess> {
    const child = this.workers[index];
    if (child !== undefined && child !== null) await ended(child, 'SIGKILL');
    return this.startWorker(index, extra);
  }

  async restartDatabase(): Promise<void> {
    process.kill(this.postgres.pid, 'SIGQUIT');
    const { pid } = this.postgres;
    await until(() => !isAlive(pid), 20_000);
    await this.startDatabase(Number(new URL(this.postgres.url).port));
  }

  async restartRedis(): Promise<void> {
    if (this.redis === null) return;
    await this.redis.stop();
    this.redis = await this.startRedis();
  }

  async close(): Promise<void> {
    this.closing = true;
    const children = [...this.workers, this.backend, this.shop].filter(
      (child) => child !== null && child !== undefined,
    );
    await Promise.all(
      children.map((child) => ended(child, this.options.profileDir === undefined ? 'SIGKILL' : 'SIGTERM')),
    );
    await (this.db as Database | undefined)?.close();
    await this.redis?.stop();
    await (this.postgres as EmbeddedServer | undefined)?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startDatabase(port?: number): Promise<void> {
    this.postgres = await startPostgres({
      dataDir: path.join(this.folder, 'postgres'),
      ...(port === undefined ? {} : { port }),
      durable: this.options.durable ?? true,
      log: () => undefined,
    });
  }

  private async startRedis(): Promise<EmbeddedServer | null> {
    return await startRedis({ dataDir: path.join(this.folder, 'redis'), port: this.redisPort, durable: false });
  }

  private async startBackend(): Promise<void> {
    const port = await freePort();
    this.backendUrl = `http://127.0.0.1:${port}`;
    this.backend = this.run('backend', 'backend/dist/main.js', { ...this.workerEnvironment(), PORT: String(port) });
    await until(() => answers(`${this.backendUrl}/health/ready`), 20_000);
  }

  private async shopAnswers(): Promise<boolean> {
    return await answers(`${this.shopUrl}/demo-shop`);
  }

  private workerEnvironment(): Record<string, string> {
    return {
      DATABASE_URL: this.postgres.url,
      ...(this.redis === null ? {} : { REDIS_URL: this.redis.url }),
      SAGAWRIGHT_KEY: KEY,
      DEMO_SHOP_URL: this.shopUrl,
      EGRESS_ALLOW: new URL(this.shopUrl).host,
      LEASE_MS: String(this.options.leaseMs),
      ...(this.options.concurrency === undefined ? {} : { WORKER_CONCURRENCY: String(this.options.concurrency) }),
      MODE: 'local',
    };
  }

  /** What a service manager does: say it, and start it again. */
  private endedByItself(name: string, code: number | null): void {
    const words = readFileSync(path.join(this.folder, `${name}.log`), 'utf8').slice(-600);
    console.error(`chaos: ${name} ended by itself with code ${String(code)}: ${words}`);
    const index = this.workers.findIndex((_, position) => name === `worker-${position}`);
    if (index >= 0) this.startWorker(index);
  }

  private run(name: string, program: string, variables: Record<string, string>): ChildProcess {
    const { profileDir } = this.options;
    const profile =
      profileDir === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${name}.cpuprofile`];
    const child = spawn(process.execPath, [...profile, path.join(root, program)], {
      env: { PATH: process.env['PATH'], LOG_LEVEL: this.options.logLevel ?? 'info', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(path.join(this.folder, `${name}.log`), { flags: 'a' });
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
