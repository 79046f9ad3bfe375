import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Replays: events of the past that start runs once more, or only show what a workflow would decide about them today.
 * A run that a replay started is one of its own beside the run that the event started when it came.
 */
export class Replay1700000000016 implements MigrationInterface {
  readonly name = 'Replay1700000000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE replay (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        mode text NOT NULL CHECK (mode IN ('live', 'dry-run')),
        status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'paused', 'done', 'cancelled', 'failed')),
        note text NOT NULL DEFAULT '',
        from_at timestamptz NOT NULL,
        to_at timestamptz NOT NULL,
        filter json NOT NULL,
        /* Per workflow: which version, and for a dry run the definition as it was when the replay was asked for. */
        targets json NOT NULL,
        rate integer NOT NULL CHECK (rate > 0),
        /* How far it has come: everything recorded up to here is done. */
        cursor_at timestamptz NOT NULL,
        cursor_position bigint NOT NULL DEFAULT 0,
        total integer NOT NULL,
        seen integer NOT NULL DEFAULT 0,
        matched integer NOT NULL DEFAULT 0,
        started integer NOT NULL DEFAULT 0,
        equal integer NOT NULL DEFAULT 0,
        different integer NOT NULL DEFAULT 0,
        unknown integer NOT NULL DEFAULT 0,
        failed integer NOT NULL DEFAULT 0,
        failure json,
        created_by json NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        owner uuid,
        lease_until timestamptz,
        next_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX replay_list ON replay (workspace_id, created_at DESC, id);
      CREATE INDEX replay_due ON replay (next_at) WHERE status = 'running';

      /* Runs of a dry run that are decided otherwise in the same way. */
      CREATE TABLE replay_group (
        replay_id uuid NOT NULL REFERENCES replay ON DELETE CASCADE,
        workflow_id uuid NOT NULL,
        key bytea NOT NULL,
        signature text NOT NULL,
        count integer NOT NULL,
        /* Of the first one. */
        differences json NOT NULL,
        /* Some of them, by run and event. */
        examples json NOT NULL,
        PRIMARY KEY (replay_id, workflow_id, key)
      );

      ALTER TABLE run ADD COLUMN replay_id uuid REFERENCES replay ON DELETE SET NULL;
      ALTER TABLE run DROP CONSTRAINT run_trigger_id_event_position_key;
      ALTER TABLE run ADD CONSTRAINT run_once_per_event UNIQUE NULLS NOT DISTINCT (trigger_id, event_position, replay_id);
      CREATE INDEX run_of_replay ON run (replay_id, created_at DESC) WHERE replay_id IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM run WHERE replay_id IS NOT NULL;
      ALTER TABLE run DROP CONSTRAINT run_once_per_event;
      ALTER TABLE run DROP COLUMN replay_id;
      ALTER TABLE run ADD CONSTRAINT run_trigger_id_event_position_key UNIQUE (trigger_id, event_position);
      DROP TABLE replay_group, replay;
    `);
  }
}
