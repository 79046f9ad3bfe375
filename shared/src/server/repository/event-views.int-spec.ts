/** The search over stored events: which index it walks along, and that a page looks at a bounded number of them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase } from '../../testing/index.js';
import type { TestDatabase } from '../../testing/index.js';
import type { Queryable } from '../db/index.js';
import { uuidv7 } from '../ids.js';
import { listEvents } from './event-views.js';
import type { EventFilter, EventPlace } from './event-views.js';

const ALL: EventFilter = { type: null, source: null, subject: null, id: null, from: null, to: null, where: [] };
const EVENTS = 20_000;

// What PostgreSQL calls the parts of event_by_time, event_by_type and event_by_subject that a day has.
const TIME = /Scan .*event_\d{8}_workspace_id_recorded_at_position_idx/;
const TYPE = /Scan .*event_\d{8}_workspace_id_(type_recorded_at|recorded_at_position)_idx/;
const SUBJECT = /Scan .*event_\d{8}_workspace_id_left_recorded_at_idx/;

let db: TestDatabase;
const workspaceId = uuidv7();

beforeAll(async () => {
  db = await testDatabase();
  const other = uuidv7();
  await db.pool.query(`INSERT INTO workspace (id, name) VALUES ($1, 'One'), ($2, 'Other')`, [workspaceId, other]);
  // Event n was stored n seconds after the beginning of 2026; every hundredth is rare, one is of its own.
  await db.pool.query(
    `INSERT INTO event (workspace_id, source, event_id, type, subject, time, recorded_at, content_hash, content_type, raw, data, headers)
     SELECT CASE WHEN n % 2 = 0 THEN $1::uuid ELSE $2::uuid END, '/s', n::text,
       CASE WHEN n % 100 = 0 THEN 'rare' ELSE 'common' END, 'subject-' || n,
       now(), timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second', '', '', '', json_build_object('n', n), '{}'
     FROM generate_series(1, $3::integer) n`,
    [workspaceId, other, EVENTS],
  );
  await db.pool.query('ANALYZE event');
}, 120_000);

afterAll(() => db.close());

/** The plan of the statement that walks, for a search from the middle. */
async function planOf(filter: Partial<EventFilter>): Promise<string> {
  let plan = '';
  const watched = {
    query: async (text: string, values: unknown[]) => {
      if (plan === '') {
        const { rows } = await db.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
        plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      }
      return db.pool.query(text, values);
    },
  } as unknown as Queryable;
  const after = { recordedAtMicros: Date.parse('2026-01-01T02:00:00Z') * 1000, position: 1 };
  await listEvents(watched, workspaceId, { ...ALL, ...filter }, { after, limit: 50 });
  return plan;
}

describe('a search of stored events', () => {
  it.each<[string, Partial<EventFilter>, RegExp]>([
    ['all', {}, TIME],
    ['a time', { from: '2026-01-01T01:00:00Z', to: '2026-01-01T02:00:00Z' }, TIME],
    ['the beginning of a type', { type: { beginsWith: 'ra' } }, TIME],
    ['a value in the data', { where: [{ of: 'data', path: ['n'], value: '7' }] }, TIME],
    ['a rare type', { type: { is: 'rare' } }, TYPE],
    ['a subject', { subject: { is: 'subject-4711' } }, SUBJECT],
  ])('for %s walks along an index', async (_name, filter, index) => {
    const plan = await planOf(filter);
    expect(plan).toMatch(index);
    // Days without events may be read in whatever way.
    const { rows } = await db.pool.query<{ day: string }>('SELECT DISTINCT tableoid::regclass::text AS day FROM event');
    for (const { day } of rows) expect(plan).not.toMatch(new RegExp(`Seq Scan on ${day}`));
  });

  it('looks at a bounded number of events for a page, and says where to go on', async () => {
    const where = [{ of: 'data' as const, path: ['n'], value: '2' }];
    const pages: string[][] = [];
    let after: EventPlace | null = null;
    do {
      const page = await listEvents(db.pool, workspaceId, { ...ALL, where }, { after, limit: 10 }, 3000);
      pages.push(page.rows.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(pages).toEqual([[], [], [], ['2']]);
  });

  it('finds each event of a filter once, over pages', async () => {
    const found: string[] = [];
    let after: EventPlace | null = null;
    do {
      const filter: EventFilter = { ...ALL, type: { beginsWith: 'rar' } };
      const page = await listEvents(db.pool, workspaceId, filter, { after, limit: 7 }, 1000);
      found.push(...page.rows.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(found).toEqual(Array.from({ length: EVENTS / 100 }, (_, index) => String(EVENTS - index * 100)));
  });
});
