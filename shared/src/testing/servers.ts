/**
 * Real PostgreSQL and Redis for tests. The servers outlive single test files on purpose (starting one takes seconds) and
 * end with the process that asked for them, also when that is killed: a watcher holds the other end of a pipe.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { connect } from '../server/db/index.js';
import type { ConnectOptions, Database } from '../server/db/index.js';
import { startPostgres } from '../server/embedded/postgres.js';
import { startRedis } from '../server/embedded/redis.js';
import { readTestDatabaseUrl } from '../server/env.js';
import { endWithThisProcess } from './end-with-this-process.js';

export interface TestDatabase extends Database {
  /** Closes the connection and drops the database. */
  close(): Promise<void>;
}

/** A fresh database with the current schema, on `TEST_DATABASE_URL` (an administrator's) or on a server started for this process. */
export async function testDatabase(options: ConnectOptions & { migrated?: boolean } = {}): Promise<TestDatabase> {
  const adminUrl = readTestDatabaseUrl() ?? (await embeddedPostgresOfThisProcess());
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const database = await connectPatiently(url.href, options);
  if (options.migrated !== false) await database.migrate();
  return {
    ...database,
    close: async () => {
      await database.close();
      await asAdmin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** A busy machine may take longer to open a connection than the product waits for one. */
async function connectPatiently(url: string, options: ConnectOptions): Promise<Database> {
  for (let triesLeft = 4; triesLeft > 0; triesLeft -= 1) {
    try {
      return await connect(url, options);
    } catch (error) {
      if (!(error instanceof Error && /timeout/.test(error.message))) throw error;
    }
  }
  return await connect(url, options);
}

export interface TestRedis {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A private Redis that keeps nothing. It needs redis-server or valkey-server on PATH. */
export async function testRedis(options: { port?: number; clusterPort?: number } = {}): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sagawright-redis-'));
  const server = await startRedis({ dataDir: folder, durable: false, ...options });
  if (server === null) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error('These tests need redis-server or valkey-server on PATH.');
  }
  endWithThisProcess(server.pid, folder);
  return server;
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Test files of one process share no memory (each has its own module registry), so the server is remembered in a file. */
async function embeddedPostgresOfThisProcess(): Promise<string> {
  const folder = path.join(tmpdir(), `sagawright-postgres-${process.pid}`);
  const remembered = path.join(folder, 'url');
  try {
    mkdirSync(folder);
  } catch {
    return await readWhenWritten(remembered);
  }
  await chmod(folder, 0o755);
  const server = await startPostgres({ dataDir: path.join(folder, 'data'), durable: false, log: () => undefined });
  endWithThisProcess(server.pid, folder);
  writeFileSync(remembered, server.url);
  return server.url;
}

async function readWhenWritten(file: string): Promise<string> {
  for (let tries = 0; tries < 1200; tries++) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text !== '') return text;
    } catch {
      // Not there yet.
    }
    await delay(50);
  }
  throw new Error(`No test database came up (${file}); remove that folder when it is a left-over.`);
}
