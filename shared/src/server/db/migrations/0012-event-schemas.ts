import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the data of events has to be, per type and version, and what was put aside instead of being acted on. */
export class EventSchemas1700000000012 implements MigrationInterface {
  readonly name = 'EventSchemas1700000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      /* A type of event that has schemas. */
      CREATE TABLE event_schema (
        workspace_id uuid NOT NULL REFERENCES workspace,
        type text NOT NULL,
        /* One of the compatibility modes. */
        compatibility text NOT NULL,
        /* What becomes of events that fit no version. */
        policy text NOT NULL CHECK (policy IN ('off', 'warn', 'reject')),
        /* Whether events of earlier versions are still let in. */
        accepts text NOT NULL CHECK (accepts IN ('latest', 'any')),
        /* Its newest version; 0 = none yet. */
        latest integer NOT NULL DEFAULT 0,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, type)
      );

      /* Never changes once it is there. */
      CREATE TABLE event_schema_version (
        workspace_id uuid NOT NULL,
        type text NOT NULL,
        version integer NOT NULL,
        schema json NOT NULL,
        /* Expressions: data of the version before becomes data of this one, and back. */
        upcast text,
        downcast text,
        note text NOT NULL,
        /* It was published in spite of what the checks found. */
        forced boolean NOT NULL,
        published_by text NOT NULL,
        published_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, type, version),
        FOREIGN KEY (workspace_id, type) REFERENCES event_schema
      );

      /* What did not go on: an event that fits no schema, a start that failed before it was one, a delivery given up. */
      CREATE TABLE dead_letter (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        kind text NOT NULL CHECK (kind IN ('schema', 'upcast', 'ordering', 'loop', 'delivery')),
        /* Whose it is: the subscription; empty = of the event as a whole. */
        trigger_id uuid REFERENCES trigger ON DELETE CASCADE,
        event_position bigint,
        event_type text NOT NULL,
        event_source text NOT NULL,
        event_id text NOT NULL,
        /* The event starts and wakes nothing until the letter is sent again as it is. */
        holds boolean NOT NULL,
        code text NOT NULL,
        message text NOT NULL,
        /* [{ path, message }] in the data. */
        problems json NOT NULL DEFAULT '[]',
        /* What else its kind needs to be sent again. */
        details json NOT NULL DEFAULT '{}',
        attempts integer NOT NULL DEFAULT 1,
        first_at timestamptz NOT NULL DEFAULT now(),
        last_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'redriven', 'discarded')),
        closed_at timestamptz,
        closed_by json,
        note text NOT NULL DEFAULT '',
        /* The event that was sent in its place, if it was edited. */
        replaced_by bigint,
        runs uuid[] NOT NULL DEFAULT '{}'
      );
      CREATE INDEX dead_letter_list ON dead_letter (workspace_id, first_at DESC, id DESC);
      CREATE INDEX dead_letter_open ON dead_letter (workspace_id, kind, trigger_id) WHERE status = 'open';
      CREATE INDEX dead_letter_of_event ON dead_letter (event_position) WHERE holds;
      CREATE INDEX dead_letter_expiry ON dead_letter (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_letter, event_schema_version, event_schema');
  }
}
