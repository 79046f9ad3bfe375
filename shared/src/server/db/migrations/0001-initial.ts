import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first schema. Roles of the tables: docs/architecture, section "Tables". */
export class Initial1700000000001 implements MigrationInterface {
  readonly name = 'Initial1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE workspace (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE app_user (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        email text NOT NULL,
        name text NOT NULL,
        role text NOT NULL CHECK (role IN ('owner', 'editor', 'runner', 'viewer')),
        password_hash text,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX app_user_email ON app_user (lower(email));

      CREATE TABLE sign_in_link (
        token_hash bytea PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
        expires_at timestamptz NOT NULL,
        used_at timestamptz
      );

      CREATE TABLE session (
        token_hash bytea PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
        csrf_token text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX session_of_user ON session (user_id);

      /* How often somebody failed to log in, by a hash of who and whence. */
      CREATE TABLE login_failure (
        key bytea PRIMARY KEY,
        count integer NOT NULL,
        until timestamptz NOT NULL
      );
      CREATE INDEX login_failure_until ON login_failure (until);

      CREATE TABLE api_key (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        created_by uuid NOT NULL REFERENCES app_user,
        name text NOT NULL,
        prefix text NOT NULL,
        key_hash bytea NOT NULL UNIQUE,
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz
      );

      CREATE TABLE audit_log (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        at timestamptz NOT NULL DEFAULT now(),
        actor jsonb NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        details jsonb NOT NULL DEFAULT '{}',
        previous_hash bytea,
        hash bytea NOT NULL
      );

      CREATE TABLE workflow (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        archived_at timestamptz,
        published_number integer
      );
      CREATE INDEX workflow_list ON workflow (workspace_id, updated_at DESC, id) WHERE archived_at IS NULL;

      CREATE TABLE workflow_draft (
        workflow_id uuid PRIMARY KEY REFERENCES workflow ON DELETE CASCADE,
        revision integer NOT NULL,
        graph jsonb NOT NULL,
        author_id uuid REFERENCES app_user,
        author_name text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        /* Draft revision of the latest publish; unequal to revision = unpublished changes. */
        published_revision integer
      );

      CREATE TABLE workflow_version (
        id uuid PRIMARY KEY,
        workflow_id uuid NOT NULL REFERENCES workflow,
        number integer NOT NULL,
        graph jsonb NOT NULL,
        definition jsonb NOT NULL,
        note text NOT NULL,
        published_at timestamptz NOT NULL DEFAULT now(),
        published_by text NOT NULL,
        UNIQUE (workflow_id, number)
      );

      /* One row per trigger node, kept over publishes so that its URL and secret stay. */
      CREATE TABLE trigger (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        workflow_id uuid NOT NULL REFERENCES workflow,
        node_id text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        scheme text,
        /* SHA-256 of the URL token, for look-up; the token itself is sealed, for showing. */
        token_hash bytea UNIQUE,
        token_sealed bytea,
        secret_sealed bytea,
        previous_secret_sealed bytea,
        previous_secret_until timestamptz,
        /* Version that answers; null = not live. */
        version_id uuid REFERENCES workflow_version,
        UNIQUE (workflow_id, node_id)
      );

      /* Append-only event store; the point-in-time record that runs start from. */
      CREATE TABLE event (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        source text NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        subject text,
        time timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        content_hash bytea NOT NULL,
        content_type text NOT NULL,
        raw bytea NOT NULL,
        data json NOT NULL,
        headers json NOT NULL,
        receipt json,
        UNIQUE (workspace_id, source, event_id)
      );

      CREATE TABLE worker (
        /* New at every process start. */
        incarnation uuid PRIMARY KEY,
        host text NOT NULL,
        pid integer NOT NULL,
        version text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        lease_until timestamptz NOT NULL
      );

      /**
       * Small and hot. A run is runnable when runnable_at <= now() and nobody owns it; a run that waits for a timer has
       * runnable_at in the future; one that waits for something else has none.
       */
      CREATE TABLE run (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspace,
        workflow_id uuid NOT NULL REFERENCES workflow,
        version_id uuid NOT NULL REFERENCES workflow_version,
        trigger_id uuid NOT NULL REFERENCES trigger,
        event_position bigint NOT NULL REFERENCES event,
        shard smallint NOT NULL DEFAULT 0,
        priority smallint NOT NULL DEFAULT 0,
        status text NOT NULL DEFAULT 'queued',
        runnable_at timestamptz,
        owner uuid,
        epoch integer NOT NULL DEFAULT 0,
        next_seq integer NOT NULL DEFAULT 1,
        /* Counts run_signal rows; the owner parks only when it has seen them all. */
        signals integer NOT NULL DEFAULT 0,
        failure json,
        created_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        UNIQUE (trigger_id, event_position)
      ) WITH (fillfactor = 70);
      CREATE INDEX run_runnable ON run (shard, priority DESC, runnable_at) WHERE owner IS NULL AND runnable_at IS NOT NULL;
      CREATE INDEX run_owned ON run (owner) WHERE owner IS NOT NULL;
      CREATE INDEX run_list ON run (workspace_id, created_at DESC, id DESC);
      CREATE INDEX run_list_workflow ON run (workflow_id, created_at DESC, id DESC);

      CREATE TABLE journal (
        run_id uuid NOT NULL,
        seq integer NOT NULL,
        epoch integer NOT NULL,
        at timestamptz NOT NULL,
        type text NOT NULL,
        /* The entry without seq, at and type. */
        body json NOT NULL,
        PRIMARY KEY (run_id, seq)
      );

      /* What somebody outside asks of a run: cancel, resolve an incident. Consumed by the run's owner into the journal. */
      CREATE TABLE run_signal (
        run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
        number integer NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        /* A journal entry body of type run.cancel-requested or incident.resolved. */
        body json NOT NULL,
        PRIMARY KEY (run_id, number)
      );

      CREATE TABLE incident (
        run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
        id text NOT NULL,
        step text NOT NULL,
        direction text NOT NULL,
        failure json NOT NULL,
        opened_at timestamptz NOT NULL,
        resolved_at timestamptz,
        PRIMARY KEY (run_id, id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE incident, run_signal, journal, run, worker, event, trigger, workflow_version, workflow_draft, workflow,
        audit_log, api_key, login_failure, session, sign_in_link, app_user, workspace CASCADE;
    `);
  }
}
