import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The priority that a workflow's runs get when whoever starts them does not say. */
export class WorkflowPriority1700000000004 implements MigrationInterface {
  readonly name = 'WorkflowPriority1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE workflow ADD COLUMN priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 9);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE workflow DROP COLUMN priority');
  }
}
