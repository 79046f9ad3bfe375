import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Waits know the version of their event's schema, as triggers do: an event of another version is compared with them as it is cast.
 * And a replay says whether its runs keep the order of their keys.
 */
export class CastsForWaits1700000000024 implements MigrationInterface {
  readonly name = 'CastsForWaits1700000000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE replay ADD COLUMN keeps_order boolean NOT NULL DEFAULT true;

      /* Version of the type's schema that the run knows; null = it takes events as they come. */
      ALTER TABLE wait ADD COLUMN schema_version integer;
      CREATE INDEX wait_version ON wait (workspace_id, type, schema_version, path, value) WHERE schema_version IS NOT NULL;

      /* The versions that waits for a type know, each with the paths that they compare; each found by one step through the index. */
      CREATE FUNCTION wait_versions(of_workspace uuid, of_type text) RETURNS TABLE (version integer, path text)
      LANGUAGE sql STABLE AS $$
        WITH RECURSIVE pair AS (
          (SELECT w.schema_version, w.path FROM wait w
           WHERE w.workspace_id = of_workspace AND w.type = of_type AND w.schema_version IS NOT NULL
           ORDER BY w.schema_version, w.path LIMIT 1)
          UNION ALL
          SELECT n.schema_version, n.path FROM pair p CROSS JOIN LATERAL (
            SELECT w.schema_version, w.path FROM wait w
            WHERE w.workspace_id = of_workspace AND w.type = of_type AND w.schema_version IS NOT NULL
              AND (w.schema_version, w.path) > (p.schema_version, p.path)
            ORDER BY w.schema_version, w.path LIMIT 1
          ) n
        )
        SELECT schema_version, pair.path FROM pair
      $$;

      /**
       * As match_events(bigint[]), which processes of the version before call, and for waits that know another version than the event is of: they are compared with casts, a list of
       * {position, version, path, value}; a value that is null fits no wait. A wait that was opened after the casts were made, for
       * a version and path that are not in the list, is told of the event in any case, and its run compares.
       */
      CREATE FUNCTION match_events(stored bigint[], casts json)
      RETURNS TABLE (run_id uuid, shard smallint, owned boolean) LANGUAGE plpgsql AS $$
      DECLARE
        workspaces uuid[];
        workspace uuid;
      BEGIN
        SELECT array_agg(DISTINCT e.workspace_id) INTO workspaces FROM event e WHERE e.position = ANY(stored);
        IF workspaces IS NULL THEN RETURN; END IF;
        FOREACH workspace IN ARRAY workspaces LOOP
          PERFORM pg_advisory_xact_lock_shared(1463896404, hashtext(workspace::text));
        END LOOP;
        IF NOT EXISTS (SELECT FROM wait w WHERE w.workspace_id = ANY(workspaces)) THEN RETURN; END IF;
        RETURN QUERY
        WITH RECURSIVE fresh AS (
          SELECT e AS event, e.workspace_id, e.type, e.position, (e.receipt #>> '{schema,version}')::integer AS version
          FROM event e WHERE e.position = ANY(stored)
        ), kind AS (
          SELECT DISTINCT f.workspace_id, k.type FROM fresh f CROSS JOIN LATERAL (VALUES (f.type), ('*')) AS k (type)
        ), path AS (
          /* The paths that waits of a type look at, each found by one step through the index. */
          SELECT k.workspace_id, k.type, (
            SELECT w.path FROM wait w WHERE w.workspace_id = k.workspace_id AND w.type = k.type ORDER BY w.path LIMIT 1
          ) AS path FROM kind k
          UNION ALL
          SELECT p.workspace_id, p.type, (
            SELECT w.path FROM wait w
            WHERE w.workspace_id = p.workspace_id AND w.type = p.type AND w.path > p.path ORDER BY w.path LIMIT 1
          ) FROM path p WHERE p.path IS NOT NULL
        ), given AS (
          SELECT g.position, g.version, g.path, g.value
          FROM json_to_recordset(casts) AS g (position bigint, version integer, path text, value text)
        ), other AS (
          /* Versions that waits know and that the event is not of. */
          SELECT f.position, f.workspace_id, f.type, v.version, v.path, g.value, g.position IS NOT NULL AS known
          FROM fresh f CROSS JOIN LATERAL wait_versions(f.workspace_id, f.type) v
          LEFT JOIN given g ON g.position = f.position AND g.version = v.version AND g.path = v.path
          WHERE f.version IS NOT NULL AND v.version <> f.version
        ), hit AS (
          SELECT w.run_id AS run, f.position, w.instance, w.arm
          FROM path p
          JOIN fresh f ON f.workspace_id = p.workspace_id AND (p.type = f.type OR p.type = '*')
          JOIN wait w ON w.workspace_id = p.workspace_id AND w.type = p.type AND w.path = p.path
            AND w.value = event_value(p.path, f.event)
          WHERE w.schema_version IS NULL OR f.version IS NULL OR w.schema_version = f.version
          UNION ALL
          SELECT w.run_id, o.position, w.instance, w.arm
          FROM other o JOIN wait w ON w.workspace_id = o.workspace_id AND w.type = o.type AND w.schema_version = o.version
            AND w.path = o.path AND w.value = o.value
          WHERE o.known
          UNION ALL
          SELECT w.run_id, o.position, w.instance, w.arm
          FROM other o JOIN wait w ON w.workspace_id = o.workspace_id AND w.type = o.type AND w.schema_version = o.version
            AND w.path = o.path
          WHERE NOT o.known
        ), gathered AS (
          SELECT array_agg(h.run ORDER BY h.position) AS runs, array_agg(b.body ORDER BY h.position) AS bodies,
            array_agg(h.position ORDER BY h.position) AS positions
          FROM hit h CROSS JOIN LATERAL (
            SELECT json_build_object('type', 'event.arrived', 'instance', h.instance, 'arm', h.arm) AS body
          ) b
        )
        SELECT s.run_id, s.shard, s.owned FROM gathered g CROSS JOIN LATERAL send_signals(g.runs, g.bodies, g.positions) s
        WHERE g.runs IS NOT NULL;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION match_events(bigint[], json);
      DROP FUNCTION wait_versions(uuid, text);
      ALTER TABLE wait DROP COLUMN schema_version;
      ALTER TABLE replay DROP COLUMN keeps_order;
    `);
  }
}
