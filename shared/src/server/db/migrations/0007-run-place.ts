import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Places of runs among those of their key (S30). */
export class RunPlace1700000000007 implements MigrationInterface {
  readonly name = 'RunPlace1700000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /**
       * A run that is held to its workflow's limit: it has its place, or stands in line for it. The row goes with the commit
       * that ends the run, so a crash frees or loses none.
       */
      CREATE TABLE run_place (
        run_id uuid PRIMARY KEY REFERENCES run ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        workflow_id uuid NOT NULL,
        key text NOT NULL,
        capacity integer NOT NULL,
        priority smallint NOT NULL,
        /* When the run came. */
        since timestamptz NOT NULL,
        held boolean NOT NULL,
        /* It stands in line until then at least. */
        due timestamptz,
        /* It was asked to make room for another. */
        superseded boolean NOT NULL DEFAULT false
      );
      CREATE INDEX run_place_line ON run_place (workflow_id, key, held, priority DESC, since, run_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE run_place');
  }
}
