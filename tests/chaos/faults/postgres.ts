/** PostgreSQL that goes, refuses, deadlocks, has no place left, or says yes to nobody's ears. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { between } from '../random-order.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

/** The most that PostgreSQL takes. */
const SLOW_COMMIT_US = 100_000;

async function withClients<T>(stage: Stage, count: number, work: (clients: pg.Client[]) => Promise<T>): Promise<T> {
  const clients: pg.Client[] = [];
  try {
    for (let n = 0; n < count; n += 1) {
      const client = new pg.Client({ connectionString: stage.db.url, application_name: 'chaos-fault' });
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
    }
    return await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

const withClient = <T>(stage: Stage, work: (client: pg.Client) => Promise<T>): Promise<T> =>
  withClients(stage, 1, async ([client]) => {
    if (client === undefined) throw new Error('No connection.');
    return await work(client);
  });

const swallowing =
  (word: string): Fault['inject'] =>
  async ({ stage, random }) => {
    const link = stage.links?.['worker-postgres'];
    if (link === undefined) return 0;
    const before = link.swallowed;
    link.swallowAnswersTo(word, between(1, 6, random));
    await delay(1500);
    link.mend();
    return link.swallowed - before;
  };

/** What the server says at random instead of doing it, as long as the trigger is there. */
async function refuseAtRandom(stage: Stage, state: string, share: number, forMs: number): Promise<void> {
  await withClient(stage, async (client) => {
    await client.query(`
      CREATE OR REPLACE FUNCTION chaos_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF random() < ${share} THEN RAISE EXCEPTION 'chaos' USING ERRCODE = '${state}'; END IF;
        RETURN NULL;
      END $$;
      CREATE OR REPLACE TRIGGER chaos_refuse AFTER UPDATE ON run FOR EACH STATEMENT EXECUTE FUNCTION chaos_refuse();`);
    await delay(forMs);
    await client.query('DROP TRIGGER chaos_refuse ON run');
  });
}

export const POSTGRES_FAULTS: Readonly<Record<string, Fault>> = {
  'postgres-restart': {
    about: "PostgreSQL's immediate shutdown and a new start: every connection dies, what was not committed is gone",
    inject: async ({ stage }) => {
      await stage.restartDatabase();
      return 1;
    },
  },
  cut: {
    about: 'all database connections of the workers are ended by the server, wherever they are',
    inject: async ({ stage }) => {
      const { rowCount } = await stage.db.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%worker%' AND pid <> pg_backend_pid()`,
      );
      return (rowCount ?? 0) > 0 ? 1 : 0;
    },
  },
  'commit-unanswered': {
    about: 'a journal commit reaches PostgreSQL and is done; the connection is cut before the worker hears of it',
    inject: swallowing('run-commit'),
  },
  'transaction-unanswered': {
    about:
      'the COMMIT of a transaction (waits, tasks, children, slots) is done; the connection is cut before its answer',
    inject: swallowing('COMMIT'),
  },
  'claim-unanswered': {
    about: 'a claim is done; the connection is cut before the worker hears which runs it owns',
    inject: swallowing('run-claim'),
  },
  'serialization-failure': {
    about: 'for a second PostgreSQL refuses three of ten writes of runs with 40001',
    inject: async ({ stage }) => {
      await refuseAtRandom(stage, '40001', 0.3, 1000);
      return 1;
    },
  },
  deadlock: {
    about: 'another session locks two runs in the wrong order, so that a group commit is the victim of a real deadlock',
    inject: ({ stage }) =>
      withClient(stage, async (client) => {
        const { rows: runs } = await client.query<{ id: string }>(
          'SELECT id FROM run WHERE ended_at IS NULL ORDER BY id DESC LIMIT 40',
        );
        const before = await deadlocks(client);
        // The other side looks for deadlocks first, and so is the one that is ended.
        await client.query("SET deadlock_timeout = '20s'");
        await client.query('BEGIN');
        for (const { id } of runs) {
          await client.query('SELECT FROM run WHERE id = $1 FOR UPDATE', [id]);
          await delay(15);
        }
        await client.query('COMMIT');
        await delay(600);
        return (await deadlocks(client)) - before;
      }),
  },
  'slow-disk': {
    about:
      'every commit waits 100 ms for the disk, one after another, for four seconds (`commit_delay` without siblings)',
    inject: ({ stage }) =>
      withClient(stage, async (client) => {
        await setSlowDisk(client, SLOW_COMMIT_US);
        const took = await commitMs(client);
        await delay(4000);
        await setSlowDisk(client, 0);
        return took * 1000 >= SLOW_COMMIT_US ? 1 : 0;
      }),
  },
  'pool-exhausted': {
    about: 'the run table is locked for two leases: every connection of the workers is taken and none comes back',
    inject: ({ stage, leaseMs }) =>
      withClient(stage, async (client) => {
        await client.query('BEGIN');
        await client.query('LOCK TABLE run IN ACCESS EXCLUSIVE MODE');
        await delay(leaseMs * 2);
        await client.query('ROLLBACK');
        return 1;
      }),
  },
  'connections-exhausted': {
    about: 'all connections that PostgreSQL allows are taken while those of the workers are cut',
    inject: async ({ stage }) => {
      const taken: pg.Client[] = [];
      const take = async (): Promise<boolean> => {
        const client = new pg.Client({ connectionString: stage.db.url });
        client.on('error', () => undefined);
        return await client.connect().then(
          () => taken.push(client) > 0,
          () => false,
        );
      };
      stage.links?.['worker-postgres'].cut(true);
      let full = false;
      for (let n = 0; n < 260 && !full; n += 1) full = !(await take());
      stage.links?.['worker-postgres'].mend();
      await delay(1500);
      await Promise.all(taken.map((client) => client.end().catch(() => undefined)));
      return full ? 1 : 0;
    },
  },
  'disk-full': {
    needs: 'disk',
    about: "PostgreSQL's disk (a tmpfs of its own) is filled to the last byte for a second, then emptied",
    inject: async ({ stage }) => {
      if (!stage.ownDisk) return 0;
      const filler = path.join(stage.databaseFolder, 'filler');
      fill(filler);
      const full = stage.diskLeft < 1024 * 1024;
      await delay(1000);
      rmSync(filler, { force: true });
      await stage.reviveDatabase();
      return full ? 1 : 0;
    },
  },
};

/**
 * PostgreSQL sleeps so long before it flushes its log, with the log's lock held: whoever commits meanwhile waits for that
 * flush, and is written by the next. That is how a disk behaves whose fsync takes so long.
 */
async function setSlowDisk(client: pg.Client, microseconds: number): Promise<void> {
  await client.query(`ALTER SYSTEM SET commit_delay = ${microseconds}`);
  await client.query(`ALTER SYSTEM SET commit_siblings = ${microseconds === 0 ? 5 : 0}`);
  await client.query('SELECT pg_reload_conf()');
  await delay(200);
}

/** How long a commit that writes takes. */
async function commitMs(client: pg.Client): Promise<number> {
  const began = performance.now();
  await client.query('CREATE TABLE IF NOT EXISTS chaos_commit (at timestamptz)');
  await client.query('DROP TABLE chaos_commit');
  return (performance.now() - began) / 2;
}

/** Until there is no room for another byte. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (let bytes = 16 * 1024 * 1024; bytes >= 1;) {
      try {
        writeSync(handle, Buffer.alloc(bytes));
      } catch {
        bytes = Math.floor(bytes / 2);
      }
    }
  } finally {
    closeSync(handle);
  }
}

async function deadlocks(client: pg.Client): Promise<number> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ n: string }>(
    'SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.n ?? 0);
}
