import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A run that retention has deleted is remembered for as long as its event may come again, so that it is not started anew. */
export class PastRuns1700000000021 implements MigrationInterface {
  readonly name = 'PastRuns1700000000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* Runs that the event started and that are gone: by the id of the trigger, the id of the run. Null = none. */
      ALTER TABLE event_claim ADD COLUMN past_runs jsonb;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE event_claim DROP COLUMN past_runs');
  }
}
