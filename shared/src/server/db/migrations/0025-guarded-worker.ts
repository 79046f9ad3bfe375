import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A worker whose process is gone is told from one that is only slow by the lock that its lease's session holds (ADR 18). */
export class GuardedWorker1700000000025 implements MigrationInterface {
  readonly name = 'GuardedWorker1700000000025';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* At its last heartbeat the session of its lease held its lock. Workers of earlier versions hold none. */
      ALTER TABLE worker ADD COLUMN guarded boolean NOT NULL DEFAULT false;

      /* What the session of a worker's lease locks for as long as it lives. */
      CREATE FUNCTION worker_lock(incarnation uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT hashtextextended('worker ' || incarnation::text, 0)
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION worker_lock(uuid);
      ALTER TABLE worker DROP COLUMN guarded;
    `);
  }
}
