import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ways in which stored events are searched, and the way from an event to the runs that it started. */
export class EventSearch1700000000006 implements MigrationInterface {
  readonly name = 'EventSearch1700000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX event_by_time ON event (workspace_id, recorded_at, position);
      /* By its beginning: an index entry is bounded, a subject is not. */
      CREATE INDEX event_by_subject ON event (workspace_id, left(subject, 200), recorded_at) WHERE subject IS NOT NULL;
      CREATE INDEX run_of_event ON run (event_position);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX run_of_event, event_by_subject, event_by_time');
  }
}
