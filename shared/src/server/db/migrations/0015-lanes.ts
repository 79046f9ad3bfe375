import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lanes: runs of one trigger and one key go one after another, in the order of their events (S32). */
export class Lanes1700000000015 implements MigrationInterface {
  readonly name = 'Lanes1700000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* How runs of a trigger are ordered, as its live version says; null = they are not. */
      ALTER TABLE trigger ADD COLUMN event_order json;

      /**
       * A run in its lane: waiting for those before it, going, or failed in a lane that a failure blocks. The row goes with the
       * commit that ends the run, or when a person skips it.
       */
      CREATE TABLE lane_run (
        run_id uuid PRIMARY KEY REFERENCES run ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        workflow_id uuid NOT NULL,
        trigger_id uuid NOT NULL,
        key text NOT NULL,
        position bigint NOT NULL,
        /* A failure stops those behind it; otherwise they go on. */
        blocks boolean NOT NULL,
        state text NOT NULL CHECK (state IN ('waiting', 'going', 'failed')),
        /* When it came to its state. */
        since timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX lane_run_line ON lane_run (trigger_id, key, position);
      CREATE INDEX lane_run_waiting ON lane_run (trigger_id, key, position) WHERE state = 'waiting';
      CREATE INDEX lane_run_holding ON lane_run (workspace_id, trigger_id, key) WHERE state <> 'waiting';

      /* No run of the lane begins until somebody lets it. */
      CREATE TABLE lane_pause (
        trigger_id uuid NOT NULL REFERENCES trigger ON DELETE CASCADE,
        key text NOT NULL,
        workspace_id uuid NOT NULL,
        since timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (trigger_id, key)
      );
      CREATE INDEX lane_pause_workspace ON lane_pause (workspace_id);

      /* By the clock, not by the transaction's begin: whoever holds a lane's lock gets a higher position than all before. */
      CREATE FUNCTION next_event_position() RETURNS bigint LANGUAGE sql VOLATILE AS $$
        SELECT event_day(clock_timestamp()) | (nextval('event_number') & ((1::bigint << 37) - 1))
      $$;

      /* Until the end of the transaction; all of them in one order, so that nobody waits in a circle. */
      CREATE FUNCTION lock_lanes(lanes text[]) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        lock bigint;
      BEGIN
        IF cardinality(lanes) = 0 THEN RETURN; END IF;
        FOR lock IN SELECT DISTINCT hashtextextended('lane ' || l, 0) FROM unnest(lanes) AS l ORDER BY 1 LOOP
          PERFORM pg_advisory_xact_lock(lock);
        END LOOP;
      END $$;

      /* As it is at this moment, not at the beginning of the statement. */
      CREATE FUNCTION lane_is_free(of_trigger uuid, of_key text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        RETURN NOT EXISTS (SELECT FROM lane_run WHERE trigger_id = of_trigger AND key = of_key)
          AND NOT EXISTS (SELECT FROM lane_pause WHERE trigger_id = of_trigger AND key = of_key);
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION lane_is_free(uuid, text);
      DROP FUNCTION lock_lanes(text[]);
      DROP FUNCTION next_event_position();
      DROP TABLE lane_pause, lane_run;
      ALTER TABLE trigger DROP COLUMN event_order;
    `);
  }
}
