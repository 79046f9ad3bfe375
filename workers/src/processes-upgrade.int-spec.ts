import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { JsonObject } from '@sagawright/shared/kernel';
import { until, workflow } from '@sagawright/shared/testing';
import { done, Engine } from './testing/engine.js';
import type { Published } from './testing/engine.js';

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

interface Stored {
  readonly owner: string | null;
  readonly epoch: number;
  readonly entries: number;
  readonly signals: number;
  readonly left: boolean;
}

async function stored(id: string): Promise<Stored> {
  const { rows } = await engine.db.pool.query<Stored>(
    `SELECT owner, epoch, next_seq - 1 AS entries, runnable_at > now() AS left,
       (SELECT count(*)::int FROM run_signal WHERE run_id = id) AS signals FROM run WHERE id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The run is gone.');
  return row;
}

/** Somebody had it, and left it for later. */
async function isLeft(id: string): Promise<void> {
  await until(async () => {
    const { epoch, owner, left } = await stored(id);
    return epoch > 0 && owner === null && left;
  });
}

/** The time for which it was left is over. */
async function isDue(id: string): Promise<void> {
  await engine.db.pool.query('UPDATE run SET runnable_at = now() WHERE id = $1', [id]);
}

async function define(published: Published, change: (definition: JsonObject) => JsonObject): Promise<void> {
  const definition = JSON.stringify(change(published.definition as unknown as JsonObject));
  await engine.db.pool.query('UPDATE workflow_version SET definition = $2 WHERE id = $1', [
    published.versionId,
    definition,
  ]);
}

async function signal(id: string, body: JsonObject): Promise<void> {
  await engine.db.pool.query(
    `WITH sent AS (UPDATE run SET signals = signals + 1, runnable_at = now() WHERE id = $1 RETURNING id, signals)
     INSERT INTO run_signal (run_id, number, body) SELECT id, signals, $2 FROM sent`,
    [id, JSON.stringify(body)],
  );
}

const LATER: Readonly<
  Record<
    string,
    { comes(run: string, of: Published): Promise<void>; isKnown(run: string, of: Published): Promise<void> }
  >
> = {
  'whose definition has a later format': {
    comes: (_, of) => define(of, (definition) => ({ ...definition, formatVersion: 3, steps: 'of another shape' })),
    isKnown: (_, of) => define(of, (definition) => definition),
  },
  'with a step of a later kind': {
    comes: (_, of) =>
      define(of, ({ steps, ...rest }) => ({ ...rest, steps: { ...(steps as JsonObject), dream: { kind: 'dream' } } })),
    isKnown: (_, of) => define(of, (definition) => definition),
  },
  'with an entry of a later type': {
    comes: async (run) => {
      await engine.db.pool.query(
        `WITH written AS (UPDATE run SET next_seq = next_seq + 1 WHERE id = $1 RETURNING id, next_seq - 1 AS seq)
         INSERT INTO journal (run_id, seq, epoch, type, body, at) SELECT id, seq, 0, 'step.dreamed', '{}', now() FROM written`,
        [run],
      );
    },
    isKnown: async (run) => {
      await engine.db.pool.query(`DELETE FROM journal WHERE run_id = $1 AND type = 'step.dreamed'`, [run]);
      await engine.db.pool.query('UPDATE run SET next_seq = next_seq - 1 WHERE id = $1', [run]);
    },
  },
  'with a signal of a later type': {
    comes: (run) => signal(run, { type: 'run.dream-requested' }),
    isKnown: async (run) => void (await engine.db.pool.query('DELETE FROM run_signal WHERE run_id = $1', [run])),
  },
  'with a resolution of a later kind': {
    comes: (run) => signal(run, { type: 'incident.resolved', incident: 'x', resolution: { kind: 'sell' } }),
    isKnown: async (run) => void (await engine.db.pool.query('DELETE FROM run_signal WHERE run_id = $1', [run])),
  },
};

describe('while two versions of the program are at work, an older worker', () => {
  it.each(Object.keys(LATER))('leaves a run %s as it is, and brings all others forward', async (which) => {
    const later = LATER[which];
    const strange = await engine.publish(workflow().step('strange'));
    const run = await engine.start(strange);
    await later?.comes(run, strange);
    const before = await stored(run);
    const others = await Promise.all(Array.from({ length: 3 }, () => engine.run(workflow().step('known'))));
    await engine.hire();
    for (const id of others) await engine.comesTo(id, 'completed');
    await isLeft(run);
    // A claim has touched it, nothing else.
    const { entries, signals } = before;
    expect(await stored(run)).toMatchObject({ entries, signals, owner: null });
    expect(engine.names()).toEqual(['do known', 'do known', 'do known']);

    await engine.dismiss();
    await later?.isKnown(run, strange);
    await isDue(run);
    await engine.hire();
    await engine.comesTo(run, 'completed');
    expect(engine.names().filter((name) => name === 'do strange')).toHaveLength(1);
  });

  it('finishes what is in flight and then leaves a run that hears a signal of a later type (S3)', async () => {
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    engine.answer = async (_call, name) => {
      if (name === 'do first') await asked;
      return done;
    };
    const run = await engine.run(workflow().step('first').step('second'));
    const worker = await engine.hire();
    await until(() => engine.calls.length === 1);
    await signal(run, { type: 'run.dream-requested' });
    worker.wake();
    await until(async () => (await engine.db.pool.query('SELECT FROM run_signal')).rowCount === 1);
    answer();
    await isLeft(run);
    expect((await engine.journalOf(run)).map(({ type }) => type)).toContain('step.succeeded');
    expect((await stored(run)).signals).toBe(1);
    expect(engine.names()).toEqual(['do first', 'do second'].slice(0, engine.names().length));

    await engine.dismiss();
    await engine.db.pool.query('DELETE FROM run_signal WHERE run_id = $1', [run]);
    await isDue(run);
    await engine.hire();
    await engine.comesTo(run, 'completed');
    expect(engine.names()).toEqual(['do first', 'do second']);
  });
});
