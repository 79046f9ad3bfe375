import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The statements inside claims and inside the matching of waits keep their plans: they are the same few index look-ups whatever
 * the parameters, and planning them anew cost more than running them. A plan made while the table of waits was empty must do
 * for a full one as well, hence no scans of whole tables.
 */
export class PlansKept1700000000026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER FUNCTION claim_runs(smallint, uuid, integer) SET plan_cache_mode = force_generic_plan;
      ALTER FUNCTION match_events(bigint[], json) SET plan_cache_mode = force_generic_plan;
      ALTER FUNCTION match_events(bigint[], json) SET enable_seqscan = off;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER FUNCTION match_events(bigint[], json) RESET ALL;
      ALTER FUNCTION claim_runs(smallint, uuid, integer) RESET plan_cache_mode;
    `);
  }
}
