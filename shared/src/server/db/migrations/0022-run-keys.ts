import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What people know a run by: the subject of the event that started it, and the ids and numbers in its data.
 *
 * A table beside the run, and not columns of it: rows of `run` change often, these never. It is written in the statement that starts
 * the run (run-keys.ts), and deleted with it. The primary key is in the order in which a search reads it: by key, and of a key the
 * newest run first, since run ids grow with time.
 */
export class RunKeys1700000000022 implements MigrationInterface {
  readonly name = 'RunKeys1700000000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /**
       * For the runs that there are. The keys of a run, from its first journal entry: the subject; of the data each text or number under a name that is or ends
       * in id, key, number, reference or ref (orderId, order_id, "invoice-number"); and the id of each object in the data (order.id).
       * Eight at most, in this order, each by its first 200 characters.
       */
      CREATE FUNCTION run_keys(started json) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        WITH field AS MATERIALIZED (
          SELECT f.name, f.value, json_typeof(f.value) AS kind, f.nth
          FROM json_each(CASE json_typeof(started #> '{event,data}') WHEN 'object' THEN started #> '{event,data}' ELSE '{}' END)
            WITH ORDINALITY AS f (name, value, nth)
        ), known AS (
          SELECT started #>> '{event,subject}' AS text, 0 AS depth, 0 AS nth
          UNION ALL
          SELECT value #>> '{}', 1, nth FROM field
          WHERE kind IN ('string', 'number')
            AND (name ~* '(^|[_-])(id|key|number|reference|ref)$' OR name ~ '[a-z0-9](Id|ID|Key|Number|Reference|Ref)$')
          UNION ALL
          SELECT value ->> 'id', 2, nth FROM field
          WHERE CASE WHEN kind = 'object' THEN json_typeof(value -> 'id') IN ('string', 'number') ELSE false END
        )
        SELECT ARRAY(
          SELECT left(text, 200) FROM known WHERE text <> ''
          GROUP BY left(text, 200) ORDER BY min(depth), min(nth) LIMIT 8
        )
      $$;

      CREATE TABLE run_key (
        workspace_id uuid NOT NULL,
        key text NOT NULL,
        run_id uuid NOT NULL,
        PRIMARY KEY (workspace_id, key, run_id)
      );
      INSERT INTO run_key (workspace_id, key, run_id)
      SELECT r.workspace_id, k.key, r.id
      FROM run r JOIN journal j ON j.run_id = r.id AND j.seq = 1 CROSS JOIN LATERAL unnest(run_keys(j.body)) AS k (key);
      CREATE INDEX run_key_of_run ON run_key (run_id);
      DROP FUNCTION run_keys(json);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE run_key');
  }
}
