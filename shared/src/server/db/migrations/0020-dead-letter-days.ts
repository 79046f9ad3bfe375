import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long a workspace keeps its dead letters. */
export class DeadLetterDays1700000000020 implements MigrationInterface {
  readonly name = 'DeadLetterDays1700000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE workspace ADD COLUMN dead_letter_days integer NOT NULL DEFAULT 30 CHECK (dead_letter_days BETWEEN 1 AND 3650);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE workspace DROP COLUMN dead_letter_days');
  }
}
