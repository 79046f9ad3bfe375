import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Journal and events in partitions of time, so that what has become old is dropped and not deleted row by row.
 *
 * 1. Keys stay: run ids are UUIDs of version 7, which begin with their time; positions of events begin with their day.
 * 2. One event per (workspace, source, id) is a promise over all days, which no partition can keep: `event_claim` does.
 * 3. What no partition was made for in time goes to a default partition, and moves when its partition is made.
 *
 * Rows from before stay in the tables they are in, which become the first partitions.
 */
export class Partitions1700000000009 implements MigrationInterface {
  readonly name = 'Partitions1700000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* The position of the first event of a day: days since 1970, then 37 bits of a sequence. */
      CREATE FUNCTION event_day(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT floor(extract(epoch FROM at) / 86400)::bigint << 37
      $$;

      /* The least id that a run made at that time can have. */
      CREATE FUNCTION run_id_from(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
      $$;

      /* Runs outlive the events that started them. */
      ALTER TABLE run DROP CONSTRAINT run_event_position_fkey;

      DROP FUNCTION event_value(text, event);
      ALTER TABLE event RENAME TO event_before;
      ALTER TABLE event_before ALTER COLUMN position DROP IDENTITY IF EXISTS;
      ALTER INDEX event_pkey RENAME TO event_before_pkey;
      ALTER INDEX event_by_type RENAME TO event_before_by_type;
      ALTER INDEX event_by_time RENAME TO event_before_by_time;
      ALTER INDEX event_by_subject RENAME TO event_before_by_subject;

      CREATE SEQUENCE event_number;
      SELECT setval('event_number', greatest((SELECT max(position) FROM event_before), 0) + 1, false);
      CREATE TABLE event (
        position bigint NOT NULL DEFAULT (event_day(now()) | (nextval('event_number') & ((1::bigint << 37) - 1))),
        workspace_id uuid NOT NULL REFERENCES workspace,
        source text NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        subject text,
        time timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        content_hash bytea NOT NULL,
        content_type text NOT NULL,
        raw bytea NOT NULL,
        data json NOT NULL,
        headers json NOT NULL,
        receipt json,
        PRIMARY KEY (position)
      ) PARTITION BY RANGE (position);
      CREATE INDEX event_by_type ON event (workspace_id, type, recorded_at);
      CREATE INDEX event_by_time ON event (workspace_id, recorded_at, position);
      CREATE INDEX event_by_subject ON event (workspace_id, left(subject, 200), recorded_at) WHERE subject IS NOT NULL;
      CREATE TABLE event_default PARTITION OF event DEFAULT;

      /* Who has come before: one row per event for as long as its sender may send it again. */
      CREATE TABLE event_claim (
        workspace_id uuid NOT NULL,
        source text NOT NULL,
        event_id text NOT NULL,
        position bigint NOT NULL DEFAULT (event_day(now()) | (nextval('event_number') & ((1::bigint << 37) - 1))),
        content_hash bytea NOT NULL,
        PRIMARY KEY (workspace_id, source, event_id)
      );
      INSERT INTO event_claim (workspace_id, source, event_id, position, content_hash)
      SELECT workspace_id, source, event_id, position, content_hash FROM event_before
      WHERE recorded_at > now() - interval '7 days';
      /* Positions grow with time: this is how claims that are too old are found. */
      CREATE INDEX event_claim_age ON event_claim (position);

      ALTER TABLE event_before DROP CONSTRAINT event_workspace_id_source_event_id_key;
      ALTER TABLE event ATTACH PARTITION event_before FOR VALUES FROM (MINVALUE) TO (137438953472);

      ALTER TABLE journal RENAME TO journal_before;
      ALTER INDEX journal_pkey RENAME TO journal_before_pkey;
      CREATE TABLE journal (
        run_id uuid NOT NULL,
        seq integer NOT NULL,
        epoch integer NOT NULL,
        at timestamptz NOT NULL,
        type text NOT NULL,
        /* The entry without seq, at and type. */
        body json NOT NULL,
        PRIMARY KEY (run_id, seq)
      ) PARTITION BY RANGE (run_id);
      CREATE TABLE journal_default PARTITION OF journal DEFAULT;

      /* The value that correlations compare; as it was, for rows of the new table. */
      CREATE FUNCTION event_value(path text, e event) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN length(v.text) > 200 THEN md5(v.text) ELSE v.text END
        FROM (SELECT CASE
          WHEN path = '' THEN ''
          WHEN path = 'data' THEN e.data::text
          WHEN path LIKE 'data.%' THEN (e.data #> string_to_array(substr(path, 6), '.'))::text
          WHEN path LIKE 'headers.%' THEN (e.headers -> substr(path, 9))::text
          WHEN path = 'subject' THEN to_json(e.subject)::text
          WHEN path = 'id' THEN to_json(e.event_id)::text
          WHEN path = 'source' THEN to_json(e.source)::text
          WHEN path = 'type' THEN to_json(e.type)::text
        END) AS v (text)
      $$;

      /**
       * Makes one partition, unless it is there: false = it was. What the default partition holds of it moves over. The bounds
       * are SQL literals made by make_partitions.
       */
      CREATE FUNCTION make_partition(of_table text, part text, lower_bound text, upper_bound text, key text)
      RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN
        IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', of_table || '_default');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, of_table);
        EXECUTE format(
          'WITH moved AS (DELETE FROM %I WHERE %I >= %s AND %I < %s RETURNING *) INSERT INTO %I SELECT * FROM moved',
          of_table || '_default', key, lower_bound, key, upper_bound, part
        );
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', of_table, part, lower_bound, upper_bound);
        RETURN true;
      END $$;

      /* Makes the partitions of events (a day each) and journals (a week each, from Monday) from now until then. */
      CREATE FUNCTION make_partitions(until timestamptz) RETURNS SETOF text LANGUAGE plpgsql AS $$
      DECLARE
        since timestamptz;
        part text;
      BEGIN
        since := date_trunc('day', now(), 'UTC');
        WHILE since <= until LOOP
          part := 'event_' || to_char(since AT TIME ZONE 'UTC', 'YYYYMMDD');
          IF make_partition('event', part, event_day(since)::text, event_day(since + interval '24 hours')::text, 'position') THEN
            RETURN NEXT part;
          END IF;
          since := since + interval '24 hours';
        END LOOP;
        since := date_trunc('week', now(), 'UTC');
        WHILE since <= until LOOP
          part := 'journal_' || to_char(since AT TIME ZONE 'UTC', 'YYYYMMDD');
          IF make_partition('journal', part, quote_literal(run_id_from(since)) || '::uuid',
            quote_literal(run_id_from(since + interval '168 hours')) || '::uuid', 'run_id') THEN
            RETURN NEXT part;
          END IF;
          since := since + interval '168 hours';
        END LOOP;
      END $$;

      /* Of the journals from before: those of last week and earlier stay where they are, the others find their partition. */
      INSERT INTO journal_default
      SELECT * FROM journal_before WHERE run_id >= run_id_from(date_trunc('week', now(), 'UTC'));
      DELETE FROM journal_before WHERE run_id >= run_id_from(date_trunc('week', now(), 'UTC'));
      DO $$ BEGIN
        EXECUTE format('ALTER TABLE journal ATTACH PARTITION journal_before FOR VALUES FROM (MINVALUE) TO (%L)',
          run_id_from(date_trunc('week', now(), 'UTC')));
      END $$;
      SELECT count(*) FROM make_partitions(now() + interval '3 days');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION make_partitions(timestamptz);
      DROP FUNCTION make_partition(text, text, text, text, text);
      DROP FUNCTION event_value(text, event);

      CREATE TABLE journal_whole (LIKE journal INCLUDING ALL);
      INSERT INTO journal_whole SELECT * FROM journal;
      DROP TABLE journal;
      ALTER TABLE journal_whole RENAME TO journal;
      ALTER INDEX journal_whole_pkey RENAME TO journal_pkey;

      CREATE TABLE event_whole (LIKE event);
      INSERT INTO event_whole SELECT DISTINCT ON (workspace_id, source, event_id) * FROM event
      ORDER BY workspace_id, source, event_id, position;
      DROP TABLE event, event_claim;
      ALTER TABLE event_whole RENAME TO event;
      ALTER TABLE event
        ADD CONSTRAINT event_pkey PRIMARY KEY (position),
        ADD CONSTRAINT event_workspace_id_source_event_id_key UNIQUE (workspace_id, source, event_id),
        ADD FOREIGN KEY (workspace_id) REFERENCES workspace,
        ALTER COLUMN position ADD GENERATED ALWAYS AS IDENTITY,
        ALTER COLUMN recorded_at SET DEFAULT now();
      SELECT setval(pg_get_serial_sequence('event', 'position'), greatest((SELECT max(position) FROM event), 0) + 1, false);
      DROP SEQUENCE event_number;
      CREATE INDEX event_by_type ON event (workspace_id, type, recorded_at);
      CREATE INDEX event_by_time ON event (workspace_id, recorded_at, position);
      CREATE INDEX event_by_subject ON event (workspace_id, left(subject, 200), recorded_at) WHERE subject IS NOT NULL;
      ALTER TABLE run ADD CONSTRAINT run_event_position_fkey FOREIGN KEY (event_position) REFERENCES event NOT VALID;
      DROP FUNCTION event_day(timestamptz);
      DROP FUNCTION run_id_from(timestamptz);
      CREATE FUNCTION event_value(path text, e event) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN length(v.text) > 200 THEN md5(v.text) ELSE v.text END
        FROM (SELECT CASE
          WHEN path = '' THEN ''
          WHEN path = 'data' THEN e.data::text
          WHEN path LIKE 'data.%' THEN (e.data #> string_to_array(substr(path, 6), '.'))::text
          WHEN path LIKE 'headers.%' THEN (e.headers -> substr(path, 9))::text
          WHEN path = 'subject' THEN to_json(e.subject)::text
          WHEN path = 'id' THEN to_json(e.event_id)::text
          WHEN path = 'source' THEN to_json(e.source)::text
          WHEN path = 'type' THEN to_json(e.type)::text
        END) AS v (text)
      $$;
    `);
  }
}
