import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long ended runs and stored events are kept. */
export class Retention1700000000011 implements MigrationInterface {
  readonly name = 'Retention1700000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* Days that ended runs are kept, by how they ended; null = for ever. Of a workflow: null = as the workspace says. */
      ALTER TABLE workspace ADD COLUMN retention json NOT NULL DEFAULT '{"completedDays":null,"failedDays":null}';
      ALTER TABLE workflow ADD COLUMN retention json;
      CREATE INDEX run_ended ON run (workflow_id, ended_at) WHERE ended_at IS NOT NULL;

      /* Days that events are kept; null = for ever. A pattern is a type, the beginning of one with '*' behind it, or '*'. */
      CREATE TABLE event_retention (
        workspace_id uuid NOT NULL REFERENCES workspace,
        pattern text NOT NULL,
        days integer CHECK (days > 0),
        PRIMARY KEY (workspace_id, pattern)
      );

      /* Of the patterns that a type matches the longest counts; without any, events are kept for 30 days. Null = for ever. */
      CREATE FUNCTION event_keep_days(workspace uuid, event_type text) RETURNS integer LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN p.pattern IS NULL THEN 30 ELSE p.days END
        FROM (SELECT) one LEFT JOIN LATERAL (
          SELECT r.pattern, r.days FROM event_retention r
          WHERE r.workspace_id = workspace
            AND (r.pattern = event_type
              OR (right(r.pattern, 1) = '*' AND starts_with(event_type, left(r.pattern, -1))))
          ORDER BY r.pattern = event_type DESC, length(r.pattern) DESC LIMIT 1
        ) p ON true
      $$;

      /* When some worker began to tidy up last; whoever moves it on does the next round. */
      CREATE TABLE maintenance (begun_at timestamptz NOT NULL);
      CREATE UNIQUE INDEX maintenance_once ON maintenance ((true));
      INSERT INTO maintenance VALUES ('-infinity');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE maintenance;
      DROP FUNCTION event_keep_days(uuid, text);
      DROP TABLE event_retention;
      DROP INDEX run_ended;
      ALTER TABLE workflow DROP COLUMN retention;
      ALTER TABLE workspace DROP COLUMN retention;
    `);
  }
}
