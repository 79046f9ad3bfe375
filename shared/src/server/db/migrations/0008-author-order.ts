import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Drawings and definitions keep the author's order of names: the fields of a form stand as they were written. */
export class AuthorOrder1700000000008 implements MigrationInterface {
  readonly name = 'AuthorOrder1700000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE workflow_draft ALTER COLUMN graph TYPE json;
      ALTER TABLE workflow_version ALTER COLUMN graph TYPE json, ALTER COLUMN definition TYPE json;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE workflow_version ALTER COLUMN definition TYPE jsonb, ALTER COLUMN graph TYPE jsonb;
      ALTER TABLE workflow_draft ALTER COLUMN graph TYPE jsonb;
    `);
  }
}
