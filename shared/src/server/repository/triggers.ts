/**
 * Triggers: one row per trigger node, kept over publishes so that its URL and secret stay. A row whose `version_id` is
 * null is known but not live. Sealing is the caller's: here tokens and secrets are hashes and sealed bytes.
 */
import type { EventOrder, WebhookScheme } from '../../graph/index.js';
import type { TriggerSettings } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';

export interface TriggerRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly nodeId: string;
  readonly kind: TriggerSettings['kind'];
  readonly name: string;
  readonly scheme: WebhookScheme | null;
  readonly tokenSealed: Buffer | null;
  readonly secretSealed: Buffer | null;
  readonly previousSecretSealed: Buffer | null;
  /** Version that answers; null = not live. */
  readonly versionId: string | null;
  /** How its runs are ordered (S32); null = they are not. */
  readonly order: EventOrder | null;
  /** When the version that answers was published; null = it is not live. */
  readonly publishedAt: Date | null;
}

const TRIGGER = `
  t.id, t.workspace_id AS "workspaceId", t.workflow_id AS "workflowId", t.node_id AS "nodeId", t.kind, t.name, t.scheme,
  t.token_sealed AS "tokenSealed", t.secret_sealed AS "secretSealed",
  CASE WHEN t.previous_secret_until > now() THEN t.previous_secret_sealed END AS "previousSecretSealed",
  t.version_id AS "versionId", t.event_order AS "order",
  (SELECT v.published_at FROM workflow_version v WHERE v.id = t.version_id) AS "publishedAt"
`;

export interface NewTrigger {
  readonly id: string;
  readonly nodeId: string;
  readonly kind: TriggerRow['kind'];
  readonly name: string;
  readonly scheme: WebhookScheme | null;
  readonly tokenHash: Buffer | null;
  readonly tokenSealed: Buffer | null;
  readonly secretSealed: Buffer | null;
}

export async function listTriggers(sql: Queryable, workspaceId: string, workflowId: string): Promise<TriggerRow[]> {
  const { rows } = await sql.query<TriggerRow>(
    `SELECT ${TRIGGER} FROM trigger t WHERE t.workspace_id = $1 AND t.workflow_id = $2 ORDER BY t.id`,
    [workspaceId, workflowId],
  );
  return rows;
}

export async function findTrigger(
  sql: Queryable,
  workspaceId: string,
  workflowId: string,
  nodeId: string,
): Promise<TriggerRow | null> {
  const { rows } = await sql.query<TriggerRow>(
    `SELECT ${TRIGGER} FROM trigger t JOIN workflow w ON w.id = t.workflow_id
     WHERE t.workspace_id = $1 AND t.workflow_id = $2 AND t.node_id = $3 AND w.archived_at IS NULL`,
    [workspaceId, workflowId, nodeId],
  );
  return rows[0] ?? null;
}

/**
 * By the hashes of their URL tokens (in hex, the keys of the answer), whatever their workspaces: the token is the address.
 * Archived workflows have no addresses.
 */
export async function findWebhookTriggers(
  sql: Queryable,
  tokenHashes: readonly string[],
): Promise<Map<string, TriggerRow>> {
  const { rows } = await sql.query<TriggerRow & { tokenHash: string }>({
    name: 'triggers-by-token',
    text: `SELECT ${TRIGGER}, encode(t.token_hash, 'hex') AS "tokenHash"
           FROM trigger t JOIN workflow w ON w.id = t.workflow_id
           WHERE t.token_hash = ANY($1::bytea[]) AND t.kind = 'trigger.webhook' AND w.archived_at IS NULL`,
    values: [tokenHashes.map((hash) => Buffer.from(hash, 'hex'))],
  });
  return new Map(rows.map(({ tokenHash, ...trigger }) => [tokenHash, trigger]));
}

/** Makes rows for nodes that have none; leaves the others as they are (a draft never changes what is live). */
export async function insertMissingTriggers(
  sql: Queryable,
  workspaceId: string,
  workflowId: string,
  triggers: readonly NewTrigger[],
): Promise<void> {
  for (const t of triggers) {
    await sql.query(
      `INSERT INTO trigger (id, workspace_id, workflow_id, node_id, kind, name, scheme, token_hash, token_sealed, secret_sealed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (workflow_id, node_id) DO NOTHING`,
      [t.id, workspaceId, workflowId, t.nodeId, t.kind, t.name, t.scheme, t.tokenHash, t.tokenSealed, t.secretSealed],
    );
  }
}

/** Points the triggers of a version at it, and takes all others of the workflow off the air. Tokens and secrets stay. */
export async function goLive(
  sql: Queryable,
  workflowId: string,
  versionId: string,
  triggers: readonly Pick<NewTrigger, 'nodeId' | 'kind' | 'name' | 'scheme'>[],
): Promise<void> {
  for (const t of triggers) {
    await sql.query(
      `UPDATE trigger SET kind = $3, name = $4, scheme = $5, version_id = $6, event_order = (
         SELECT v.definition -> 'triggers' -> $2 -> 'settings' -> 'order' FROM workflow_version v WHERE v.id = $6
       ) WHERE workflow_id = $1 AND node_id = $2`,
      [workflowId, t.nodeId, t.kind, t.name, t.scheme, versionId],
    );
  }
  await sql.query('UPDATE trigger SET version_id = NULL WHERE workflow_id = $1 AND version_id IS DISTINCT FROM $2', [
    workflowId,
    versionId,
  ]);
}

export async function takeOffAir(sql: Queryable, workspaceId: string, workflowId: string): Promise<void> {
  await sql.query('UPDATE trigger SET version_id = NULL WHERE workspace_id = $1 AND workflow_id = $2', [
    workspaceId,
    workflowId,
  ]);
}

/**
 * The old secret is accepted for `overlapMs` more, so that the sender can be changed without losing deliveries.
 *
 * @param secret whose `sealed` is null takes the secret away, and the one before it: nobody is let in until there is another
 */
export async function replaceTriggerSecret(
  sql: Queryable,
  workspaceId: string,
  triggerId: string,
  secret: { sealed: Buffer | null; overlapMs: number },
): Promise<void> {
  await sql.query(
    `UPDATE trigger SET previous_secret_sealed = CASE WHEN $3::bytea IS NULL THEN NULL ELSE secret_sealed END,
       previous_secret_until = now() + make_interval(secs => $4::float8 / 1000), secret_sealed = $3
     WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, triggerId, secret.sealed, secret.overlapMs],
  );
}

/** Sets the secret that a provider handed over. @returns false when there is one already */
export async function claimTriggerSecret(sql: Queryable, triggerId: string, sealed: Buffer): Promise<boolean> {
  const { rowCount } = await sql.query(
    'UPDATE trigger SET secret_sealed = $2 WHERE id = $1 AND secret_sealed IS NULL AND previous_secret_sealed IS NULL',
    [triggerId, sealed],
  );
  return rowCount === 1;
}
