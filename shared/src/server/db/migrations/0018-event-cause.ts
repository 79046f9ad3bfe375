import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What events of runs came from, so that workflows which start each other come to an end: each event that a run published
 * has the event at the chain's beginning, how many publishings lie between, and which workflows ran on the way. No foreign
 * key: a chain may outlive the event that it began with.
 */
export class EventCause1700000000018 implements MigrationInterface {
  readonly name = 'EventCause1700000000018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event_cause (
        position bigint PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
        /* The run that published it. */
        run_id uuid NOT NULL,
        root bigint NOT NULL,
        hops smallint NOT NULL,
        /* Every workflow that ran between the root and this event, as often as it did. */
        path uuid[] NOT NULL
      );

      /* How many events a chain has come to behind its first publishing. */
      CREATE TABLE event_chain (
        root bigint PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
        events bigint NOT NULL
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE event_chain, event_cause');
  }
}
