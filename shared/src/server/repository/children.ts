/**
 * Child runs: started by a `call` step, told of and asked through signals.
 *
 * A child is started once per key of its caller (S4): the key is unique among the parent's children, so a repeated attempt,
 * a crash between the start and its record, or two workers at once find the child that is there. Only the parent's owner
 * starts one: a worker that has lost the parent would give a child to a run that may be over.
 */
import { err, failure, ok } from '../../kernel/index.js';
import type { Failure, JsonObject, Result } from '../../kernel/index.js';
import type { Actor, ChildEnd, RunStatus } from '../../saga/index.js';
import type { Database, Queryable } from '../db/index.js';
import { sha256, uuidv7 } from '../ids.js';
import { currentTraceHeaders } from '../telemetry/index.js';
import { resolveBodies, storePayloads, takeOutLarge } from './payload.js';
import { keysJson, runKeys } from './run-keys.js';
import { requestUndo } from './run-signal.js';
import type { Woken } from './run-signal.js';
import { shardOf } from './shard.js';

/** A run calls a run calls a run: so many deep at most. */
export const MOST_DEPTH = 32;

/** Type of the event that stands for a call. It is for the called workflow alone: no wait and no event trigger matches it. */
export const CALL_EVENT = 'run.called';

export interface ChildCall {
  readonly workspaceId: string;
  readonly parent: { readonly run: string; readonly instance: string; readonly depth: number };
  /** Who has the parent: nobody else may start a child of it. */
  readonly by: { readonly incarnation: string; readonly epoch: number };
  /** Stable over attempts. */
  readonly key: string;
  readonly workflow: string;
  readonly version: { readonly kind: 'latest' } | { readonly kind: 'pinned'; readonly number: number };
  readonly input: JsonObject;
  /** The parent wants to hear how it ends. */
  readonly waits: boolean;
}

/**
 * Starts the child of a call, or finds the one that an earlier attempt started. Ring its doorbell afterwards.
 *
 * @returns a failure with code `call.too-deep`, `call.workflow-absent`, `call.version-absent`, `call.not-published`,
 *   `call.no-trigger` or `call.fenced` (the parent is somebody else's by now); trying again would not help
 */
export async function startChild(
  database: Pick<Database, 'transaction'>,
  call: ChildCall,
  shards: number,
): Promise<Result<Woken, Failure>> {
  return await database.transaction(async (sql) => {
    if (!(await holdsParent(sql, call))) {
      return err(
        failure('operational', 'call.fenced', 'Another worker has the calling run by now; it makes the call.'),
      );
    }
    const known = await findChild(sql, call);
    if (known !== null) return ok(known);
    if (call.parent.depth >= MOST_DEPTH) {
      const message = `Runs call each other ${MOST_DEPTH} deep here; a workflow that calls itself needs an end.`;
      return err(failure('user', 'call.too-deep', message));
    }
    const target = await findTarget(sql, call);
    if (!target.ok) return target;
    await insertChild(sql, call, target.value, uuidv7(), shards);
    const child = await findChild(sql, call);
    if (child === null) throw new Error('A child run was inserted and is not there; this is a bug.');
    return ok(child);
  });
}

/** Keeps the parent from being taken over, or ended, until the child is stored. */
async function holdsParent(sql: Queryable, { parent, by }: ChildCall): Promise<boolean> {
  const { rows } = await sql.query({
    name: 'child-fence',
    text: 'SELECT FROM run WHERE id = $1 AND owner = $2 AND epoch = $3 FOR SHARE',
    values: [parent.run, by.incarnation, by.epoch],
  });
  return rows.length === 1;
}

async function findChild(sql: Queryable, { parent, key }: ChildCall): Promise<Woken | null> {
  const { rows } = await sql.query<{ [K in keyof Woken]: Woken[K] }>({
    name: 'child-find',
    text: `SELECT id AS "runId", shard, owner IS NOT NULL AS owned FROM run WHERE parent_run_id = $1 AND call_key = $2`,
    values: [parent.run, key],
  });
  return rows[0] ?? null;
}

interface Target {
  readonly workflowId: string;
  readonly versionId: string;
  readonly triggerId: string;
  readonly triggerNode: string;
}

async function findTarget(
  sql: Queryable,
  { workspaceId, workflow, version }: ChildCall,
): Promise<Result<Target, Failure>> {
  const refused = (code: string, message: string) => err(failure('user', code, message));
  const { rows } = await sql.query<{
    workflow_id: string;
    name: string;
    archived: boolean;
    published: number | null;
    version_id: string | null;
    trigger_node: string | null;
    trigger_id: string | null;
  }>({
    name: 'child-target',
    text: `
      SELECT w.id AS workflow_id, w.name, w.archived_at IS NOT NULL AS archived, w.published_number AS published,
        v.id AS version_id, node.id AS trigger_node, t.id AS trigger_id
      FROM workflow w
      LEFT JOIN workflow_version v ON v.workflow_id = w.id AND v.number = coalesce($3::int, w.published_number)
      LEFT JOIN LATERAL (
        SELECT n.key AS id FROM json_each(v.definition -> 'triggers') n
        WHERE n.value ->> 'kind' = 'trigger.called' ORDER BY n.key LIMIT 1
      ) node ON true
      LEFT JOIN trigger t ON t.workflow_id = w.id AND t.node_id = node.id
      WHERE w.workspace_id = $1 AND w.id::text = $2`,
    values: [workspaceId, workflow, version.kind === 'pinned' ? version.number : null],
  });
  const [found] = rows;
  if (found === undefined || (found.archived && version.kind === 'latest')) {
    return refused(
      'call.workflow-absent',
      'The workflow to call is not in this workspace, or it is archived; choose another.',
    );
  }
  if (found.published === null) {
    return refused(
      'call.not-published',
      `Workflow ${found.name} has never been published; publish it, then try again.`,
    );
  }
  if (found.version_id === null) {
    const number = version.kind === 'pinned' ? version.number : found.published;
    return refused(
      'call.version-absent',
      `Workflow ${found.name} has no version ${number}; choose one that was published.`,
    );
  }
  if (found.trigger_node === null || found.trigger_id === null) {
    const message = `Workflow ${found.name} cannot be called: its version has no trigger "called"; add one and publish it.`;
    return refused('call.no-trigger', message);
  }
  const { workflow_id: workflowId, version_id: versionId, trigger_id: triggerId, trigger_node: triggerNode } = found;
  return ok({ workflowId, versionId, triggerId, triggerNode });
}

async function insertChild(
  sql: Queryable,
  { workspaceId, parent, key, input, waits }: ChildCall,
  { workflowId, versionId, triggerId, triggerNode }: Target,
  runId: string,
  shards: number,
): Promise<void> {
  const text = JSON.stringify(input);
  const event = {
    id: key,
    source: `/runs/${parent.run}`,
    type: CALL_EVENT,
    subject: null,
    data: input,
    headers: currentTraceHeaders(),
  };
  const light = takeOutLarge('run.started', { event }, { id: runId, workspaceId });
  const payloads = light?.payloads ?? [];
  await storePayloads(sql, payloads);
  await sql.query({
    name: 'child-insert',
    text: `
      WITH started AS (
        INSERT INTO run (id, workspace_id, workflow_id, version_id, trigger_id, event_position, priority, shard, runnable_at,
          next_seq, parent_run_id, parent_instance, call_key, parent_waits)
        SELECT $8, $1, $9, $10, $11, next_event_position(), coalesce(p.priority, 0), $12, now(), 2, $13, $14, $3, $15
        FROM (SELECT) one LEFT JOIN run p ON p.id = $13
        ON CONFLICT DO NOTHING
        RETURNING id, event_position
      ), stored AS (
        /* Behind the run: one that is refused, since another attempt was quicker, leaves nothing. */
        INSERT INTO event (position, workspace_id, source, event_id, type, time, content_hash, content_type, raw, data, headers)
        SELECT r.event_position, $1, $2, $3, $4, now(), $5, 'application/json', $6, $7, $20 FROM started r
        RETURNING time
      ), found_by AS (
        INSERT INTO run_key (workspace_id, key, run_id)
        SELECT $1::uuid, k.key, r.id
        FROM started r CROSS JOIN LATERAL json_array_elements_text($21::json) AS k (key)
      )
      INSERT INTO journal (run_id, seq, epoch, at, type, body, payloads)
      SELECT r.id, 1, 0, date_trunc('milliseconds', now()), 'run.started', json_build_object(
        'runId', r.id, 'trigger', $16::text, 'parent', $17::json,
        'event', ($18::jsonb || jsonb_build_object('time', to_char(s.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
      ), $19::text[]
      FROM started r CROSS JOIN stored s`,
    values: [
      workspaceId,
      event.source,
      event.id,
      event.type,
      sha256(text),
      Buffer.from(text),
      text,
      runId,
      workflowId,
      versionId,
      triggerId,
      shardOf(runId, shards),
      parent.run,
      parent.instance,
      waits,
      triggerNode,
      JSON.stringify({ ...parent, depth: parent.depth + 1 }),
      JSON.stringify(light === null ? event : 'event' in light.body && light.body.event),
      payloads.length === 0 ? null : payloads.map(({ hash }) => hash),
      JSON.stringify(event.headers),
      keysJson(runKeys(event)),
    ],
  });
}

/**
 * Asks a child to undo itself, or to stop if it is not over; its end tells. Ring its doorbell afterwards.
 *
 * @param child its id, or the key under which it was started if it was
 * @returns null when no child was started under the key: there is nothing to undo
 */
export async function askChildToUndo(
  sql: Queryable,
  parentRun: string,
  child: { readonly run: string | null; readonly key: string | null },
  reason: string,
): Promise<Woken | null> {
  const { rows } = await sql.query<{ id: string }>({
    name: 'child-of-key',
    text: `SELECT id FROM run WHERE parent_run_id = $1 AND (id::text = $2 OR ($2::text IS NULL AND call_key = $3))`,
    values: [parentRun, child.run, child.key],
  });
  const [found] = rows;
  if (found === undefined) return null;
  const by: Actor = { kind: 'system', id: parentRun, name: 'Parent run' };
  return await requestUndo(sql, found.id, { type: 'run.undo-requested', by, reason }, 'any');
}

export interface AwaitedChild {
  readonly parent: string;
  readonly instance: string;
  readonly child: string;
  /** The end of its undo is awaited. */
  readonly undo: boolean;
}

/**
 * Of children whose end is awaited from now on, those that have ended already.
 *
 * Why no end is lost: whoever ends a child signals its parent in the same transaction, and so touches the parent's row,
 * which the caller holds locked. Either that came first, and the end is seen here; or it comes afterwards, and the parent
 * waits already. News that the parent has not read yet will do. While a wish for undo is still in front of the child, the end
 * that it has is not the one that is awaited.
 */
export async function endsOfChildren(
  sql: Queryable,
  children: readonly AwaitedChild[],
): Promise<(AwaitedChild & { readonly end: ChildEnd })[]> {
  if (children.length === 0) return [];
  const { rows } = await sql.query<{ ord: number; type: string; body: ChildEnd; payloads: string[] | null }>({
    name: 'child-ends',
    text: `
      SELECT i.ord::int AS ord, 'run.ended' AS type, j.body, j.payloads
      FROM unnest($1::uuid[], $2::boolean[], $3::uuid[]) WITH ORDINALITY AS i (child, undo, parent, ord)
      JOIN run r ON r.id = i.child AND r.ended_at IS NOT NULL
      CROSS JOIN LATERAL (
        SELECT body, payloads FROM journal WHERE run_id = r.id AND type = 'run.ended' ORDER BY seq DESC LIMIT 1
      ) j
      WHERE NOT (i.undo AND EXISTS (
          SELECT FROM run_signal s WHERE s.run_id = r.id AND s.body ->> 'type' = 'run.undo-requested'
        ))
        AND NOT EXISTS (
          SELECT FROM run_signal s
          WHERE s.run_id = i.parent AND s.body ->> 'type' = 'child.ended' AND s.body ->> 'run' = r.id::text
        )`,
    values: [
      children.map(({ child }) => child),
      children.map(({ undo }) => undo),
      children.map(({ parent }) => parent),
    ],
  });
  const bodies = await resolveBodies(sql, rows);
  return rows.flatMap(({ ord }, index) => {
    const awaited = children[ord - 1];
    const body = bodies[index] ?? null;
    if (awaited === undefined || body === null) return [];
    const { outcome, output, failure: why } = body as ChildEnd;
    return [{ ...awaited, end: { outcome, output, failure: why } }];
  });
}

export interface ChildRow {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowName: string;
  /** The calling step's instance. */
  readonly instance: string;
  readonly status: RunStatus;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** The runs that a run has called, first called first. */
export async function listChildren(sql: Queryable, workspaceId: string, runId: string): Promise<ChildRow[]> {
  const { rows } = await sql.query<ChildRow>(
    `SELECT r.id, r.workflow_id AS "workflowId", w.name AS "workflowName", r.parent_instance AS instance, r.status,
       r.created_at AS "createdAt", r.ended_at AS "endedAt"
     FROM run r JOIN workflow w ON w.id = r.workflow_id
     WHERE r.workspace_id = $1 AND r.parent_run_id = $2 ORDER BY r.created_at, r.id LIMIT 1000`,
    [workspaceId, runId],
  );
  return rows;
}

/** The run that called this one; null when nobody did. */
export async function findParent(
  sql: Queryable,
  workspaceId: string,
  runId: string,
): Promise<{ readonly run: string; readonly instance: string } | null> {
  const { rows } = await sql.query<{ run: string; instance: string }>(
    `SELECT parent_run_id AS run, parent_instance AS instance FROM run
     WHERE workspace_id = $1 AND id = $2 AND parent_run_id IS NOT NULL`,
    [workspaceId, runId],
  );
  return rows[0] ?? null;
}
