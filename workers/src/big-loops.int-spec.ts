/** Loops over very many items, by a worker whose process has little memory (docs/adr/0015). */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readItemEntries } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Engine } from './testing/engine.js';
import type { BigLoopFigures } from './testing/big-loop.js';

jest.setTimeout(300_000);

/** Without forgetting, these runs would take several times as much. */
const HEAP_MIB = 60;
const PROGRAM = path.resolve(import.meta.dirname, '../dist/testing/big-loop.js');

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

const items = (count: number) => `{{ [1..${count}] }}`;

async function inLittleMemory(runId: string, status: string): Promise<BigLoopFigures> {
  const url = engine.db.pool.options.connectionString ?? '';
  const { stdout } = await promisify(execFile)(process.execPath, [
    `--max-old-space-size=${HEAP_MIB}`,
    PROGRAM,
    url,
    runId,
    status,
  ]);
  return JSON.parse(stdout) as BigLoopFigures;
}

async function undoneItems(runId: string): Promise<number[]> {
  const { rows } = await engine.db.pool.query<{ path: string }>(
    `SELECT body->>'path' AS path FROM journal
     WHERE run_id = $1 AND type = 'step.succeeded' AND body->>'direction' = 'undo' AND body->>'step' = 'book' ORDER BY seq`,
    [runId],
  );
  return rows.map((row) => Number(/\[(\d+)\]/.exec(row.path)?.[1]));
}

describe('a loop over very many items', () => {
  it('of pure steps goes through 20,000 of them, one after another', async () => {
    const saga = workflow().forEach('all', items(20_000), (each) => each.transform('twice', '{{ item * 2 }}'));
    const run = await engine.run(
      saga.end('end', '{{ { "count": steps.all.output.count, "last": steps.all.output.results[19999] } }}'),
    );
    expect((await inLittleMemory(run, 'completed')).status).toBe('completed');
    expect(await engine.outputOf(run)).toEqual({ count: 20_000, last: 40_000 });
  });

  it('undoes all of its 2,000 effects after they were forgotten', async () => {
    const saga = workflow().forEach('all', items(2000), (each) => each.step('book'), { limit: 200 });
    const run = await engine.run(saga.step('refused'));
    expect((await inLittleMemory(run, 'compensated')).status).toBe('compensated');
    expect((await undoneItems(run)).sort((a, b) => a - b)).toEqual(Array.from({ length: 2000 }, (_, index) => index));
  });

  it('undoes the last item first where they go one after another (S16), also by a worker that took over', async () => {
    const saga = workflow().forEach('all', items(60), (each) => each.step('book'));
    const published = await engine.publish(saga.wait('news', 'news').step('refused'), undefined, { forgetsBeyond: 10 });
    const run = await engine.start(published);
    const worker = await engine.hire({ leaseMs: 15_000 });
    await engine.comesTo(run, 'waiting');
    worker.crash();
    await engine.event('news');
    expect((await inLittleMemory(run, 'compensated')).status).toBe('compensated');
    expect(await undoneItems(run)).toEqual(Array.from({ length: 60 }, (_, index) => 59 - index));
  });

  it('reads of its journal only what the item has done', async () => {
    const saga = workflow().forEach('all', items(3), (each) => each.scope('try', (path) => path.step('book')), {
      limit: 3,
    });
    const run = await engine.run(saga);
    await engine.hire();
    await engine.comesTo(run, 'completed');
    const item = { index: 1, first: 0, last: 1000 };
    const [entries = []] = await readItemEntries(engine.db.pool, run, 'all', [item]);
    expect(entries.map((entry) => ('path' in entry ? entry.path : ''))).toEqual([
      'all[1]',
      'all[1]/try',
      'all[1]/try',
      'all[1]',
    ]);
    const before = { ...item, last: (entries[0]?.seq ?? 0) - 1 };
    expect(await readItemEntries(engine.db.pool, run, 'all', [before])).toEqual([[]]);
  });
});
