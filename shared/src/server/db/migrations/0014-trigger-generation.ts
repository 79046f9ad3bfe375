import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever keeps an index of the live triggers learns from one value whether it is still true. */
export class TriggerGeneration1700000000014 implements MigrationInterface {
  readonly name = 'TriggerGeneration1700000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* Another one after each transaction that takes a trigger of the workspace on or off the air; no row = none ever was. */
      CREATE TABLE trigger_generation (
        workspace_id uuid PRIMARY KEY REFERENCES workspace ON DELETE CASCADE,
        generation uuid NOT NULL DEFAULT gen_random_uuid()
      );
      INSERT INTO trigger_generation (workspace_id) SELECT DISTINCT workspace_id FROM trigger;

      CREATE FUNCTION renew_trigger_generation() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO trigger_generation (workspace_id) VALUES (coalesce(NEW.workspace_id, OLD.workspace_id))
        ON CONFLICT (workspace_id) DO UPDATE SET generation = excluded.generation;
        RETURN NULL;
      END $$;
      CREATE TRIGGER trigger_aired AFTER INSERT ON trigger
        FOR EACH ROW WHEN (NEW.version_id IS NOT NULL) EXECUTE FUNCTION renew_trigger_generation();
      CREATE TRIGGER trigger_changed AFTER UPDATE OF version_id, kind ON trigger
        FOR EACH ROW WHEN (OLD.version_id IS DISTINCT FROM NEW.version_id OR OLD.kind <> NEW.kind)
        EXECUTE FUNCTION renew_trigger_generation();
      CREATE TRIGGER trigger_gone AFTER DELETE ON trigger
        FOR EACH ROW WHEN (OLD.version_id IS NOT NULL) EXECUTE FUNCTION renew_trigger_generation();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER trigger_gone ON trigger;
      DROP TRIGGER trigger_changed ON trigger;
      DROP TRIGGER trigger_aired ON trigger;
      DROP FUNCTION renew_trigger_generation();
      DROP TABLE trigger_generation;
    `);
  }
}
