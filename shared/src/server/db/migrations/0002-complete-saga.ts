import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What runs wait for, whom they ask, what they call, and what starts them by the clock. */
export class CompleteSaga1700000000002 implements MigrationInterface {
  readonly name = 'CompleteSaga1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE run
        ADD COLUMN parent_run_id uuid,
        /* The calling step's instance, and the key under which it called: one child per key. */
        ADD COLUMN parent_instance text,
        ADD COLUMN call_key text,
        /* The parent is told how this run ends. */
        ADD COLUMN parent_waits boolean;
      CREATE UNIQUE INDEX run_child ON run (parent_run_id, call_key) WHERE parent_run_id IS NOT NULL;

      /* The event that a signal brings; its body says which wait it is for. */
      ALTER TABLE run_signal ADD COLUMN event_position bigint;

      CREATE INDEX event_by_type ON event (workspace_id, type, recorded_at);
      CREATE INDEX trigger_live ON trigger (workspace_id, kind) WHERE version_id IS NOT NULL;

      /* An open wait for an event. seq = position of the journal entry that opened it. */
      CREATE TABLE wait (
        run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
        instance text NOT NULL,
        arm text NOT NULL,
        seq integer NOT NULL,
        workspace_id uuid NOT NULL,
        /* Type of event, or '*'. */
        type text NOT NULL,
        /* Correlation: the event's value at path is value (see event_value); both empty = any event of the type. */
        path text NOT NULL,
        value text NOT NULL,
        filter json,
        since timestamptz NOT NULL,
        /* 'source id' of events that other passes of the step have taken already. */
        taken text[] NOT NULL DEFAULT '{}',
        /* Events that came before the wait have been looked for. */
        looked boolean NOT NULL DEFAULT false,
        PRIMARY KEY (run_id, instance, arm, seq)
      );
      CREATE INDEX wait_match ON wait (workspace_id, type, path, value);
      CREATE INDEX wait_unlooked ON wait (run_id) WHERE NOT looked;

      CREATE TABLE task (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
        instance text NOT NULL,
        /* Of a race; null = the outcome is the port. */
        arm text,
        seq integer NOT NULL,
        title text NOT NULL,
        instructions text NOT NULL,
        assignees text[] NOT NULL,
        escalate_to text[] NOT NULL,
        form json,
        outcomes json NOT NULL,
        due_at timestamptz,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'completed', 'withdrawn')),
        outcome text,
        data json,
        comment text,
        completed_by json,
        completed_at timestamptz,
        created_at timestamptz NOT NULL,
        reminders integer NOT NULL DEFAULT 0,
        reminded_at timestamptz,
        escalated_at timestamptz
      );
      CREATE INDEX task_inbox ON task (workspace_id, status, created_at DESC, id DESC);
      CREATE INDEX task_of_run ON task (run_id, instance);

      /**
       * A place of a concurrency key (held, or in line for it), or a start of a rate limit (due = when it may start).
       * What holds a place is a row of a living step, so a crash frees or loses none.
       */
      CREATE TABLE slot (
        run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
        instance text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('concurrency', 'rate')),
        key text NOT NULL,
        workspace_id uuid NOT NULL,
        capacity integer NOT NULL,
        per_ms integer,
        priority smallint NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        held boolean NOT NULL,
        due timestamptz,
        PRIMARY KEY (run_id, instance, kind, key)
      );
      CREATE INDEX slot_line ON slot (workspace_id, kind, key, held, priority DESC, since);
      CREATE INDEX slot_starts ON slot (workspace_id, key, due) WHERE kind = 'rate';
      CREATE INDEX slot_due ON slot (due) WHERE kind = 'rate' AND NOT held;

      /* When a live schedule trigger fires next. */
      CREATE TABLE schedule (
        trigger_id uuid PRIMARY KEY REFERENCES trigger ON DELETE CASCADE,
        version_id uuid NOT NULL,
        next_at timestamptz
      );
      CREATE INDEX schedule_due ON schedule (next_at);

      /* The event's value at a path like subject or data.order.id, as JSON text; a long one by its hash; null = none there. */
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
       * Sends signals to runs that have not ended, numbered per run, and makes parked ones runnable. Rows are locked in the
       * order of run ids. Answers with the runs that were reached.
       */
      CREATE FUNCTION send_signals(runs uuid[], bodies json[], positions bigint[])
      RETURNS TABLE (run_id uuid, shard smallint, owned boolean) LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM FROM run r WHERE r.id = ANY(runs) ORDER BY r.id FOR UPDATE;
        RETURN QUERY
        WITH input AS (
          SELECT i.run, i.body, i.position, i.ord,
            row_number() OVER (PARTITION BY i.run ORDER BY i.ord) AS nth, count(*) OVER (PARTITION BY i.run) AS total
          FROM unnest(runs, bodies, positions) WITH ORDINALITY AS i (run, body, position, ord)
        ), raised AS (
          UPDATE run r SET signals = r.signals + i.total,
            runnable_at = CASE WHEN r.owner IS NULL THEN now() ELSE r.runnable_at END
          FROM (SELECT DISTINCT input.run, input.total FROM input) i
          WHERE r.id = i.run AND r.ended_at IS NULL
          RETURNING r.id, r.signals, r.shard, r.owner
        ), sent AS (
          INSERT INTO run_signal (run_id, number, body, event_position)
          SELECT x.id, x.signals - i.total + i.nth, i.body, i.position FROM raised x JOIN input i ON i.run = x.id
        )
        SELECT x.id, x.shard, x.owner IS NOT NULL FROM raised x;
      END $$;

      /**
       * Signals every open wait that stored events match by type and correlation; the wait's own filter is the run's
       * business. Called in the statement that stores the events.
       *
       * Why no event is lost between here and a wait that is being opened: whoever opens waits passes, after their commit
       * and before looking for early events, through the exclusive form of the lock taken here. If that happens before this
       * lock is given, the waits are committed and the query below, which has a snapshot of its own, sees them. If it
       * happens after, it had to wait for this transaction to commit, and the look-up sees the events.
       */
      CREATE FUNCTION match_events(stored bigint[])
      RETURNS TABLE (run_id uuid, shard smallint, owned boolean) LANGUAGE plpgsql AS $$
      DECLARE
        workspaces uuid[];
        workspace uuid;
      BEGIN
        SELECT array_agg(DISTINCT e.workspace_id) INTO workspaces FROM event e WHERE e.position = ANY(stored);
        IF workspaces IS NULL THEN RETURN; END IF;
        FOREACH workspace IN ARRAY workspaces LOOP
          PERFORM pg_advisory_xact_lock_shared(1463896404, hashtext(workspace::text));
        END LOOP;
        IF NOT EXISTS (SELECT FROM wait w WHERE w.workspace_id = ANY(workspaces)) THEN RETURN; END IF;
        RETURN QUERY
        WITH RECURSIVE fresh AS (
          SELECT e AS event, e.workspace_id, e.type, e.position FROM event e WHERE e.position = ANY(stored)
        ), kind AS (
          SELECT DISTINCT f.workspace_id, k.type FROM fresh f CROSS JOIN LATERAL (VALUES (f.type), ('*')) AS k (type)
        ), path AS (
          /* The paths that waits of a type look at, each found by one step through the index. */
          SELECT k.workspace_id, k.type, (
            SELECT w.path FROM wait w WHERE w.workspace_id = k.workspace_id AND w.type = k.type ORDER BY w.path LIMIT 1
          ) AS path FROM kind k
          UNION ALL
          SELECT p.workspace_id, p.type, (
            SELECT w.path FROM wait w
            WHERE w.workspace_id = p.workspace_id AND w.type = p.type AND w.path > p.path ORDER BY w.path LIMIT 1
          ) FROM path p WHERE p.path IS NOT NULL
        ), hit AS (
          SELECT w.run_id AS run, f.position,
            json_build_object('type', 'event.arrived', 'instance', w.instance, 'arm', w.arm) AS body
          FROM path p
          JOIN fresh f ON f.workspace_id = p.workspace_id AND (p.type = f.type OR p.type = '*')
          JOIN wait w ON w.workspace_id = p.workspace_id AND w.type = p.type AND w.path = p.path
            AND w.value = event_value(p.path, f.event)
        ), gathered AS (
          SELECT array_agg(h.run ORDER BY h.position) AS runs, array_agg(h.body ORDER BY h.position) AS bodies,
            array_agg(h.position ORDER BY h.position) AS positions
          FROM hit h
        )
        SELECT s.run_id, s.shard, s.owned FROM gathered g CROSS JOIN LATERAL send_signals(g.runs, g.bodies, g.positions) s
        WHERE g.runs IS NOT NULL;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION match_events(bigint[]);
      DROP FUNCTION send_signals(uuid[], json[], bigint[]);
      DROP FUNCTION event_value(text, event);
      DROP TABLE schedule, slot, task, wait;
      DROP INDEX trigger_live, event_by_type, run_child;
      ALTER TABLE run_signal DROP COLUMN event_position;
      ALTER TABLE run DROP COLUMN parent_run_id, DROP COLUMN parent_instance, DROP COLUMN call_key, DROP COLUMN parent_waits;
    `);
  }
}
