import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Outbound webhooks.
 *
 * 1. Whatever stores an event leaves a note for its workspace's endpoints in the same commit (a trigger on `event`, so that no
 *    way in can forget it); a worker turns notes into deliveries. Workspaces without endpoints pay one look at an index.
 * 2. One delivery per (endpoint, event), however often it is attempted or asked for again. Its id is the receiver's webhook-id.
 * 3. An attempt belongs to whoever has the delivery's owner and epoch; a claim that is not answered by `claimed_until` is free.
 *
 * Events have no foreign key: they may be gone before what was said about them.
 */
export class Outbound1700000000019 implements MigrationInterface {
  readonly name = 'Outbound1700000000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE endpoint (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace ON DELETE CASCADE,
        name text NOT NULL,
        url text NOT NULL,
        /* Event types, '*' at the end for all that begin so. */
        types text[] NOT NULL,
        /* A filter over the whole event besides. */
        filter json,
        headers json NOT NULL DEFAULT '{}',
        signature text NOT NULL CHECK (signature IN ('v1', 'v1a')),
        secret_sealed bytea NOT NULL,
        secret_since timestamptz NOT NULL DEFAULT now(),
        /* The one before, which signs as well until then. */
        previous_sealed bytea,
        previous_until timestamptz,
        /* Deliveries a second at most; null = as many as there are. */
        per_second real CHECK (per_second > 0),
        tokens real NOT NULL DEFAULT 1,
        tokens_at timestamptz NOT NULL DEFAULT now(),
        paused_at timestamptz,
        disabled_at timestamptz,
        disabled_reason text,
        /* Since the last success. */
        failures integer NOT NULL DEFAULT 0,
        failing_since timestamptz,
        /* The breaker is open: nothing goes out before. */
        open_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by json NOT NULL
      );
      CREATE INDEX endpoint_of_workspace ON endpoint (workspace_id, created_at, id);

      CREATE TABLE delivery (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        endpoint_id uuid NOT NULL REFERENCES endpoint ON DELETE CASCADE,
        event_position bigint NOT NULL,
        event_type text NOT NULL,
        test boolean NOT NULL DEFAULT false,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
        /* All that were begun; those of the present round count against the schedule. */
        attempts integer NOT NULL DEFAULT 0,
        round_attempts integer NOT NULL DEFAULT 0,
        due timestamptz NOT NULL DEFAULT now(),
        owner uuid,
        epoch integer NOT NULL DEFAULT 0,
        claimed_until timestamptz,
        last_status integer,
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        UNIQUE (endpoint_id, event_position)
      );
      CREATE INDEX delivery_due ON delivery (endpoint_id, due, id) WHERE status = 'pending';
      CREATE INDEX delivery_owned ON delivery (endpoint_id) WHERE owner IS NOT NULL;
      CREATE INDEX delivery_log ON delivery (endpoint_id, created_at, id);
      CREATE INDEX delivery_of_event ON delivery (workspace_id, event_position);
      CREATE INDEX delivery_ended ON delivery (ended_at) WHERE ended_at IS NOT NULL;

      CREATE TABLE delivery_attempt (
        delivery_id uuid NOT NULL REFERENCES delivery ON DELETE CASCADE,
        number integer NOT NULL,
        at timestamptz NOT NULL,
        duration_ms integer,
        /* HTTP status; null = no answer. */
        status integer,
        error json,
        body text,
        PRIMARY KEY (delivery_id, number)
      );

      CREATE TABLE outbound_event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        workspace_id uuid NOT NULL,
        position bigint NOT NULL,
        /* For one endpoint only, because somebody asked for it again; null = for all that want it. */
        endpoint_id uuid
      );

      CREATE FUNCTION note_outbound() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO outbound_event (workspace_id, position)
        SELECT n.workspace_id, n.position FROM stored_now n
        WHERE n.type NOT IN ('run.called', 'sagawright.endpoint.test')
          AND EXISTS (SELECT FROM endpoint e WHERE e.workspace_id = n.workspace_id AND e.disabled_at IS NULL);
        RETURN NULL;
      END $$;
      CREATE TRIGGER event_outbound AFTER INSERT ON event REFERENCING NEW TABLE AS stored_now
        FOR EACH STATEMENT EXECUTE FUNCTION note_outbound();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER event_outbound ON event;
      DROP FUNCTION note_outbound();
      DROP TABLE outbound_event, delivery_attempt, delivery, endpoint;
    `);
  }
}
