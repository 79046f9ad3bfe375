import { connect as connectSocket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase } from '../../testing/index.js';
import type { TestDatabase } from '../../testing/index.js';
import { connect } from './database.js';
import { storableJson } from './storable-json.js';

describe('database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase({ migrated: false });
  }, 60_000);
  afterAll(() => database.close());

  it('is migrated once when several processes start at the same time', async () => {
    const others = await Promise.all([connect(database.url), connect(database.url), connect(database.url)]);
    await Promise.all([database.migrate(), ...others.map((other) => other.migrate())]);
    const { rows } = await database.pool.query<{ n: number }>('SELECT count(*) AS n FROM schema_migration');
    expect(rows[0]?.n).toBeGreaterThan(0);
    await database.migrate();
    await Promise.all(others.map((other) => other.close()));
  });

  it('keeps nothing of a transaction whose work failed', async () => {
    const work = database.transaction(async (client) => {
      await client.query("INSERT INTO workspace (id, name) VALUES (gen_random_uuid(), 'half')");
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    const { rowCount } = await database.pool.query("SELECT 1 FROM workspace WHERE name = 'half'");
    expect(rowCount).toBe(0);
  });

  it('survives the loss of every connection and goes on with new ones', async () => {
    await database.pool.query('SELECT 1');
    const killer = await connect(database.url);
    await killer.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await killer.close();
    const answers = await Promise.allSettled([1, 2, 3].map(() => database.pool.query('SELECT 1')));
    expect(answers.length).toBe(3);
    await expect(database.pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await expect(database.dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('gives up on a statement that takes too long, and on a connection that stands but does not answer', async () => {
    let halfOpen = false;
    const target = new URL(database.url);
    const proxy = createServer((client) => {
      const server = connectSocket(Number(target.port), target.hostname);
      client.on('data', (data) => halfOpen || server.write(data)).on('error', () => undefined);
      server.on('data', (data) => client.write(data)).on('error', () => undefined);
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const through = new URL(database.url);
    through.port = String((proxy.address() as AddressInfo).port);
    through.hostname = '127.0.0.1';
    const hung = await connect(through.href, { statementTimeoutMs: 200, poolSize: 1 });
    await expect(hung.pool.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: '57014' });
    await hung.pool.query('SELECT 1');
    halfOpen = true;
    await expect(hung.pool.query('SELECT 1')).rejects.toThrow(/timeout/i);
    halfOpen = false;
    await expect(hung.pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await hung.close();
    proxy.close();
  });

  it('has the server end a transaction whose client is not heard any more, and so gives its locks back', async () => {
    const gone = await connect(database.url, { statementTimeoutMs: 200, poolSize: 1 });
    const client = await gone.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(77)');
    await expect(database.pool.query('SELECT pg_advisory_lock(77), pg_advisory_unlock(77)')).resolves.toBeDefined();
    client.release(true);
    await gone.close();
  });

  it('stores what storableJson lets through, in json and in jsonb', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 500; level++) deep = [deep];
    for (const value of [
      { text: 'C:\\u0000 is only text here', emoji: '😀', tab: '\t\u0001' },
      1e308,
      deep,
      '\\ud800',
    ]) {
      const text = storableJson(value);
      if (!text.ok) throw new Error(text.error.message);
      const { rows } = await database.pool.query('SELECT $1::text::json AS a, $1::text::jsonb AS b', [text.value]);
      expect(rows[0]).toEqual({ a: value, b: value });
    }
  });
});
