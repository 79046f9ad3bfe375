/** A Redis of our own for machines that have `redis-server` or `valkey-server` on PATH; null where there is neither. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { FailureError, failure } from '../../kernel/index.js';
import { alive, freePort, stopProcess } from './postgres.js';
import type { EmbeddedServer } from './postgres.js';

export interface StartRedisOptions {
  readonly dataDir: string;
  readonly port?: number;
  /** `false`: keeps nothing on disk; for tests. */
  readonly durable?: boolean;
  /** A node of a Redis Cluster that speaks to the others on this port; it belongs to none before it is introduced. */
  readonly clusterPort?: number;
}

const START_TIMEOUT_MS = 20_000;

export async function startRedis(options: StartRedisOptions): Promise<EmbeddedServer | null> {
  const program = ['redis-server', 'valkey-server'].find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  if (program === undefined) return null;
  const folder = path.resolve(options.dataDir);
  await mkdir(folder, { recursive: true });
  const port = options.port ?? (await freePort());
  const durability =
    options.durable === false ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', 'everysec'];
  const cluster =
    options.clusterPort === undefined
      ? []
      : ['--cluster-enabled', 'yes', '--cluster-port', String(options.clusterPort), '--cluster-node-timeout', '2000'];
  const args = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--dir',
    folder,
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
    ...durability,
    ...cluster,
  ];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  const pid = child.pid ?? 0;
  child.on('error', () => undefined);
  // Waited for by its number from here on; a dead child must not linger as a zombie, so the handle stays with Node.
  child.unref();

  const url = `redis://127.0.0.1:${port}`;
  await waitUntilReady(url, pid, program);
  return { url, pid, stop: () => stopProcess(pid, 'SIGTERM') };
}

async function waitUntilReady(url: string, pid: number, program: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    for (;;) {
      try {
        await client.connect();
        // Answers LOADING until the append-only file has been read.
        await client.ping();
        return;
      } catch (cause) {
        client.disconnect();
        if (!alive(pid) || Date.now() > deadline) {
          throw new FailureError(
            failure(
              'operational',
              'embedded-redis.start',
              `${program} did not start; set REDIS_URL, or take it off PATH.`,
            ),
            { cause },
          );
        }
        await delay(50);
      }
    }
  } finally {
    client.disconnect();
  }
}
