import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which of the runs that are due goes first: pauses, turns, and the claim itself. */
export class Backlog1700000000003 implements MigrationInterface {
  readonly name = 'Backlog1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* Since when no run of it is claimed. */
      ALTER TABLE workflow ADD COLUMN paused_at timestamptz;
      ALTER TABLE workspace ADD COLUMN paused_at timestamptz;
      CREATE INDEX workflow_paused ON workflow (id) WHERE paused_at IS NOT NULL;
      CREATE INDEX workspace_paused ON workspace (id) WHERE paused_at IS NOT NULL;

      DROP INDEX run_runnable;
      CREATE INDEX run_due ON run (shard, runnable_at) WHERE owner IS NULL AND runnable_at IS NOT NULL;
      /* A lane: the runs of one workflow with one priority. */
      CREATE INDEX run_lane ON run (shard, workspace_id, workflow_id, priority, runnable_at)
        WHERE owner IS NULL AND runnable_at IS NOT NULL;

      /* When a workflow was last given something while others had to wait. */
      CREATE TABLE claim_turn (
        shard smallint NOT NULL,
        workspace_id uuid NOT NULL,
        workflow_id uuid NOT NULL,
        served_at timestamptz NOT NULL,
        PRIMARY KEY (shard, workspace_id, workflow_id)
      );

      /**
       * Takes up to \`most\` runs that are due, for an incarnation with a live lease. Fewer come back only when no more can
       * be had.
       *
       * 1. When all that is due fits, all of it is taken: nobody has to be chosen.
       * 2. Else workspaces are served in turn, run by run; the one served longest ago goes first. Of a workspace the runs
       *    with its highest priority go first; among those, its workflows are served in turn; of a workflow, whoever is due
       *    longest.
       * 3. Only one claim of a shard chooses at a time, so that two of them do not choose the same runs.
       * 4. Nothing of a paused workflow or workspace is taken.
       * 5. Rows that somebody has locked are skipped: a claim never waits for commits or sweeps.
       *
       * Its queries walk along the indexes above and stop early. A planner whose statistics are older than a sudden backlog
       * would rather read and sort all of it: without sorts each order leaves it one index, the right one.
       */
      CREATE FUNCTION claim_runs(of_shard smallint, claimer uuid, most integer) RETURNS SETOF run LANGUAGE plpgsql
      SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off SET jit = off AS $$
      DECLARE
        due timestamptz := clock_timestamp();
        chosen uuid[];
        taken integer;
        missing integer := most;
      BEGIN
        IF NOT EXISTS (SELECT FROM worker w WHERE w.incarnation = claimer AND w.lease_until > due) THEN RETURN; END IF;
        chosen := ARRAY(
          SELECT r.id FROM run r WHERE r.shard = of_shard AND r.owner IS NULL AND r.runnable_at <= due
          ORDER BY r.runnable_at LIMIT most + 1
        );
        IF cardinality(chosen) <= most THEN
          RETURN QUERY SELECT * FROM take_runs(chosen, claimer, due);
          RETURN;
        END IF;

        PERFORM pg_advisory_xact_lock(1129072973, of_shard);
        WHILE missing > 0 LOOP
          chosen := choose_runs(of_shard, missing, due);
          EXIT WHEN cardinality(chosen) = 0;
          RETURN QUERY SELECT * FROM take_runs(chosen, claimer, due);
          GET DIAGNOSTICS taken = ROW_COUNT;
          EXIT WHEN taken = 0;
          INSERT INTO claim_turn AS t (shard, workspace_id, workflow_id, served_at)
          SELECT DISTINCT of_shard, r.workspace_id, r.workflow_id, due FROM run r WHERE r.id = ANY(chosen)
          ON CONFLICT (shard, workspace_id, workflow_id) DO UPDATE SET served_at = excluded.served_at;
          missing := missing - taken;
        END LOOP;
      END $$;

      /* Makes the claimer the owner of those that are still free. */
      CREATE FUNCTION take_runs(chosen uuid[], claimer uuid, due timestamptz) RETURNS SETOF run LANGUAGE sql AS $$
        WITH free AS (
          SELECT r.id FROM run r
          WHERE r.id = ANY(chosen) AND r.owner IS NULL AND r.runnable_at <= due
            AND NOT EXISTS (SELECT FROM workflow f WHERE f.id = r.workflow_id AND f.paused_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM workspace w WHERE w.id = r.workspace_id AND w.paused_at IS NOT NULL)
          ORDER BY r.id FOR UPDATE OF r SKIP LOCKED
        )
        UPDATE run r SET owner = claimer, epoch = r.epoch + 1, runnable_at = NULL,
          status = CASE WHEN r.status IN ('queued', 'waiting') THEN 'running' ELSE r.status END
        FROM free WHERE r.id = free.id
        RETURNING r.*
      $$;

      /* One round of turns. A lane gives no more than its even share, so that the others' runs need not be read in vain. */
      CREATE FUNCTION choose_runs(of_shard smallint, most integer, due timestamptz) RETURNS uuid[] LANGUAGE plpgsql AS $$
      BEGIN
        RETURN ARRAY(
          WITH RECURSIVE lane AS (
            (
              SELECT r.workspace_id, r.workflow_id, r.priority, r.runnable_at AS first_at FROM run r
              WHERE r.shard = of_shard AND r.owner IS NULL AND r.runnable_at IS NOT NULL
              ORDER BY r.workspace_id, r.workflow_id, r.priority, r.runnable_at LIMIT 1
            )
            UNION ALL
            /* Each lane is found by one step through the index, however many runs lie in the one before. */
            SELECT n.* FROM lane l CROSS JOIN LATERAL (
              SELECT r.workspace_id, r.workflow_id, r.priority, r.runnable_at FROM run r
              WHERE r.shard = of_shard AND r.owner IS NULL AND r.runnable_at IS NOT NULL
                AND (r.workspace_id, r.workflow_id, r.priority) > (l.workspace_id, l.workflow_id, l.priority)
              ORDER BY r.workspace_id, r.workflow_id, r.priority, r.runnable_at LIMIT 1
            ) n
          ), going AS (
            SELECT l.*, max(l.priority) OVER (PARTITION BY l.workspace_id) AS highest
            FROM lane l
            WHERE l.first_at <= due
              AND NOT EXISTS (SELECT FROM workflow f WHERE f.id = l.workflow_id AND f.paused_at IS NOT NULL)
              AND NOT EXISTS (SELECT FROM workspace w WHERE w.id = l.workspace_id AND w.paused_at IS NOT NULL)
          ), first AS (
            SELECT g.*, t.served_at, max(t.served_at) OVER (PARTITION BY g.workspace_id) AS workspace_served_at,
              count(*) OVER (PARTITION BY g.workspace_id) AS lanes
            FROM going g
            LEFT JOIN claim_turn t
              ON t.shard = of_shard AND t.workspace_id = g.workspace_id AND t.workflow_id = g.workflow_id
            WHERE g.priority = g.highest
          ), candidate AS (
            SELECT c.id, f.workspace_id, f.workspace_served_at,
              row_number() OVER (
                PARTITION BY f.workspace_id ORDER BY c.nth, f.served_at NULLS FIRST, c.runnable_at, f.workflow_id
              ) AS place
            FROM first f CROSS JOIN LATERAL (
              SELECT r.id, r.runnable_at,
                row_number() OVER (ORDER BY r.workspace_id, r.workflow_id, r.priority, r.runnable_at) AS nth
              FROM run r
              WHERE r.shard = of_shard AND r.owner IS NULL AND r.runnable_at IS NOT NULL
                AND (r.workspace_id, r.workflow_id, r.priority, r.runnable_at)
                  >= (f.workspace_id, f.workflow_id, f.priority, timestamptz '-infinity')
                AND (r.workspace_id, r.workflow_id, r.priority, r.runnable_at)
                  <= (f.workspace_id, f.workflow_id, f.priority, due)
              ORDER BY r.workspace_id, r.workflow_id, r.priority, r.runnable_at
              LIMIT ceil(ceil(most::float8 / (SELECT count(DISTINCT s.workspace_id) FROM first s)) / f.lanes)::integer
            ) c
          )
          SELECT c.id FROM candidate c ORDER BY c.place, c.workspace_served_at NULLS FIRST, c.workspace_id LIMIT most
        );
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION claim_runs(smallint, uuid, integer);
      DROP FUNCTION take_runs(uuid[], uuid, timestamptz);
      DROP FUNCTION choose_runs(smallint, integer, timestamptz);
      DROP TABLE claim_turn;
      DROP INDEX run_lane, run_due;
      CREATE INDEX run_runnable ON run (shard, priority DESC, runnable_at) WHERE owner IS NULL AND runnable_at IS NOT NULL;
      ALTER TABLE workspace DROP COLUMN paused_at;
      ALTER TABLE workflow DROP COLUMN paused_at;
    `);
  }
}
