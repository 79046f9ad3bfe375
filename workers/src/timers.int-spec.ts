import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseTime } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Engine } from './testing/engine.js';

const TIMERS = 5000;
/** Time enough to park them all, on a machine that has little. */
const AHEAD_MS = 20_000;
const AT_ONCE = 16;
const PATIENCE_MS = 120_000;

interface Fired {
  readonly id: string;
  readonly status: string;
  /** Entries that say that the timer is over. */
  readonly fired: number;
  /** How much later than its instant, milliseconds of the database: by the entry, and by the commit that carried the end. */
  readonly lateMs: number;
  readonly endedLateMs: number;
}

describe('thousands of timers due in the same second', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.open();
  }, 60_000);
  beforeEach(() => engine.clear());
  afterAll(() => engine.close());

  it(
    'fire once each, none early by the database, whoever of several workers has them (I9, S29)',
    async () => {
      await engine.hire({ concurrency: 100 });
      await engine.hire({ concurrency: 100 });
      const saga = await engine.publish(workflow().delay('sleep', '{{ trigger.data.until }}').transform('awake', {}));
      const due = Math.floor((await databaseTime(engine.db.pool)) / 1000) * 1000 + AHEAD_MS;
      let left = TIMERS;
      const starter = async (): Promise<void> => {
        // Spread over the one second.
        while (left > 0) await engine.start(saga, { until: new Date(due + (left-- % 1000)).toISOString() });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, starter));
      const open = 'SELECT FROM run WHERE ended_at IS NULL LIMIT 1';
      await until(async () => (await engine.db.pool.query(open)).rowCount === 0, PATIENCE_MS);

      const { rows } = await engine.db.pool.query<Fired>(`
        SELECT r.id, r.status, count(j.run_id)::int AS fired,
          extract(epoch FROM min(j.at) - w.until)::float8 * 1000 AS "lateMs",
          extract(epoch FROM r.ended_at - w.until)::float8 * 1000 AS "endedLateMs"
        FROM run r
        JOIN journal s ON s.run_id = r.id AND s.type = 'run.started'
        CROSS JOIN LATERAL (SELECT (s.body -> 'event' -> 'data' ->> 'until')::timestamptz AS until) w
        LEFT JOIN journal j ON j.run_id = r.id AND j.type = 'step.succeeded' AND j.body ->> 'step' = 'sleep'
        GROUP BY r.id, w.until`);
      expect(rows).toHaveLength(TIMERS);
      expect(rows.filter(({ status }) => status !== 'completed')).toEqual([]);
      expect(rows.filter(({ fired }) => fired !== 1)).toEqual([]);
      expect(rows.filter(({ lateMs, endedLateMs }) => lateMs < 0 || endedLateMs < 0)).toEqual([]);
    },
    2 * PATIENCE_MS,
  );
});
