/** The product as a person starts it: `npm start` in a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

export interface Product {
  readonly url: string;
  readonly signInLink: string;
  /** Everything `npm start` printed so far. */
  output(): string;
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Stops, and deletes the data. */
  dispose(): Promise<void>;
  readonly dataDir: string;
}

/**
 * @param options.redis false hides every Redis server from PATH, as on a machine without one
 * @param options.dataDir reuse the data of an earlier start
 */
export async function startProduct(options: { redis: boolean; dataDir?: string; port?: number }): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'sagawright-e2e-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const port = options.port ?? (await freePort());
  const env: NodeJS.ProcessEnv = {
    PATH: options.redis ? process.env['PATH'] : pathWithoutRedis(folder),
    HOME: home,
    DATA_DIR: dataDir,
    PORT: String(port),
  };
  const starter = spawn(process.execPath, ['scripts/run.mjs', 'start'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [starter.stdout, starter.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const stop = (): Promise<number | null> => stopProcess(starter);
  try {
    await untilPrinted(starter, () => output, /Stop: Ctrl-C/, 120_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    signInLink: /one-time link\): (\S+)/.exec(output)?.[1] ?? '',
    output: () => output,
    stop,
    dataDir,
    async dispose() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
      if (options.dataDir !== undefined) rmSync(options.dataDir, { recursive: true, force: true });
    },
  };
}

async function stopProcess(starter: ChildProcess): Promise<number | null> {
  if (starter.exitCode !== null || starter.signalCode !== null) return starter.exitCode;
  const gone = once(starter, 'exit');
  starter.kill('SIGINT');
  const [code] = (await gone) as [number | null];
  return code;
}

async function untilPrinted(
  starter: ChildProcess,
  output: () => string,
  wanted: RegExp,
  deadlineMs: number,
): Promise<void> {
  const startedAt = performance.now();
  while (!wanted.test(output())) {
    if (starter.exitCode !== null) throw new Error(`npm start ended with ${starter.exitCode}:\n${output()}`);
    if (performance.now() - startedAt > deadlineMs) throw new Error(`npm start did not get ready:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A folder of links to every program on PATH but the Redis servers. */
function pathWithoutRedis(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of existsSync(directory) ? readdirSync(directory) : []) {
      if (/^(redis|valkey)/.test(name)) continue;
      try {
        symlinkSync(join(directory, name), join(bin, name));
      } catch {
        // The first one on PATH wins.
      }
    }
  }
  return bin;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
