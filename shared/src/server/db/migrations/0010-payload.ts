import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Large values of journal entries are stored once, by the hash of what they are; entries refer to them. */
export class Payload1700000000010 implements MigrationInterface {
  readonly name = 'Payload1700000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payload (
        /* SHA-256 of workspace and text, in hex: workspaces share nothing. */
        hash text PRIMARY KEY,
        workspace_id uuid NOT NULL,
        body json NOT NULL,
        /* Length of the JSON text. */
        bytes integer NOT NULL,
        /* When somebody last stored it: whoever is about to refer to it is younger than that. */
        stored_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX payload_age ON payload (stored_at);
      /* The payloads that stand in the entry's body as {"$payload": hash, "bytes": length}. Null = none: all of it is data. */
      ALTER TABLE journal ADD COLUMN payloads text[];
      CREATE INDEX journal_payloads ON journal USING gin (payloads) WHERE payloads IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX journal_payloads;
      ALTER TABLE journal DROP COLUMN payloads;
      DROP TABLE payload;
    `);
  }
}
