import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often each destination was called of late. */
export class EgressRate1700000000005 implements MigrationInterface {
  readonly name = 'EgressRate1700000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE egress_rate (
        /* host:port */
        destination text PRIMARY KEY,
        /* The latest calls, as many as its limit counts, oldest first; some may lie ahead. */
        starts timestamptz[] NOT NULL
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE egress_rate');
  }
}
