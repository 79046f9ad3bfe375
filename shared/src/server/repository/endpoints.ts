/**
 * Endpoints: whom a workspace tells of its events by webhooks.
 *
 * An endpoint is live unless it is paused (deliveries are made and wait) or disabled (none are made; those that wait go on
 * once it is enabled again).
 */
import type { Json } from '../../kernel/index.js';
import type { EventFilter } from '../../event/index.js';
import type { Actor } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';

/** `v1`: a secret that both sides know (HMAC). `v1a`: a key pair of which the receiver has the public half (Ed25519). */
export type EndpointSignature = 'v1' | 'v1a';

export interface EndpointSettings {
  readonly name: string;
  readonly url: string;
  /** Event types; `*` at the end stands for whatever follows. */
  readonly types: readonly string[];
  readonly filter: EventFilter | null;
  /** Sent with each delivery. */
  readonly headers: Readonly<Record<string, string>>;
  /** Deliveries a second at most; null = as many as there are. */
  readonly perSecond: number | null;
}

export interface EndpointRow extends EndpointSettings {
  readonly id: string;
  readonly workspaceId: string;
  readonly signature: EndpointSignature;
  readonly secretSealed: Buffer;
  readonly secretSince: Date;
  readonly previousSealed: Buffer | null;
  readonly previousUntil: Date | null;
  readonly pausedAt: Date | null;
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  /** Since its last success. */
  readonly failures: number;
  readonly failingSince: Date | null;
  /** The breaker is open until then. */
  readonly openUntil: Date | null;
  readonly createdAt: Date;
  readonly createdBy: Actor;
  /** Deliveries that are not over. */
  readonly pending: number;
}

/** Sealed secrets of an endpoint are bound to this place and its id. */
export const ENDPOINT_SECRET = 'endpoint.secret';

const COLUMNS = `
  e.id, e.workspace_id AS "workspaceId", e.name, e.url, e.types, e.filter, e.headers, e.per_second::float8 AS "perSecond",
  e.signature, e.secret_sealed AS "secretSealed", e.secret_since AS "secretSince", e.previous_sealed AS "previousSealed",
  e.previous_until AS "previousUntil", e.paused_at AS "pausedAt", e.disabled_at AS "disabledAt",
  e.disabled_reason AS "disabledReason", e.failures, e.failing_since AS "failingSince", e.open_until AS "openUntil",
  e.created_at AS "createdAt", e.created_by AS "createdBy",
  (SELECT count(*)::int FROM (
    SELECT FROM delivery d WHERE d.endpoint_id = e.id AND d.status = 'pending' LIMIT 100000
  ) p) AS pending
`;

type Row = { [K in keyof EndpointRow]: EndpointRow[K] };

export async function insertEndpoint(
  sql: Queryable,
  endpoint: EndpointSettings & Pick<EndpointRow, 'id' | 'workspaceId' | 'signature' | 'secretSealed' | 'createdBy'>,
): Promise<void> {
  await sql.query(
    `INSERT INTO endpoint (id, workspace_id, name, url, types, filter, headers, per_second, signature, secret_sealed, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      endpoint.id,
      endpoint.workspaceId,
      ...settingsOf(endpoint),
      endpoint.signature,
      endpoint.secretSealed,
      JSON.stringify(endpoint.createdBy),
    ],
  );
}

const settingsOf = ({ name, url, types, filter, headers, perSecond }: EndpointSettings): unknown[] => [
  name,
  url,
  types,
  filter === null ? null : JSON.stringify(filter),
  JSON.stringify(headers),
  perSecond,
];

/** First made first. */
export async function listEndpoints(sql: Queryable, workspaceId: string): Promise<EndpointRow[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${COLUMNS} FROM endpoint e WHERE e.workspace_id = $1 ORDER BY e.created_at, e.id`,
    [workspaceId],
  );
  return rows;
}

export async function findEndpoint(sql: Queryable, workspaceId: string, id: string): Promise<EndpointRow | null> {
  const { rows } = await sql.query<Row>(`SELECT ${COLUMNS} FROM endpoint e WHERE e.workspace_id = $1 AND e.id = $2`, [
    workspaceId,
    id,
  ]);
  return rows[0] ?? null;
}

/** A new address is a new receiver: what is known of the old one's failures is forgotten. */
export async function changeEndpoint(
  sql: Queryable,
  workspaceId: string,
  id: string,
  settings: EndpointSettings,
): Promise<void> {
  await sql.query(
    `UPDATE endpoint SET name = $3, url = $4, types = $5, filter = $6, headers = $7, per_second = $8,
       failures = CASE WHEN url = $4 THEN failures ELSE 0 END,
       failing_since = CASE WHEN url = $4 THEN failing_since END, open_until = CASE WHEN url = $4 THEN open_until END
     WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id, ...settingsOf(settings)],
  );
}

/** Its deliveries go with it. @returns whether there was one */
export async function deleteEndpoint(sql: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await sql.query('DELETE FROM endpoint WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
  return (rowCount ?? 0) > 0;
}

/** The present secret becomes the previous one, which signs as well for `overlapMs`; one before it is forgotten. */
export async function rotateEndpointSecret(
  sql: Queryable,
  workspaceId: string,
  id: string,
  secretSealed: Buffer,
  overlapMs: number,
): Promise<void> {
  await sql.query(
    `UPDATE endpoint SET previous_sealed = CASE WHEN $4 > 0 THEN secret_sealed END,
       previous_until = CASE WHEN $4 > 0 THEN now() + $4 * interval '1 millisecond' END,
       secret_sealed = $3, secret_since = now()
     WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id, secretSealed, overlapMs],
  );
}

/** @returns whether anything changed */
export async function setEndpointPaused(
  sql: Queryable,
  workspaceId: string,
  id: string,
  paused: boolean,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE endpoint SET paused_at = CASE WHEN $3 THEN now() END
     WHERE workspace_id = $1 AND id = $2 AND (paused_at IS NULL) = $3`,
    [workspaceId, id, paused],
  );
  return (rowCount ?? 0) > 0;
}

/** Enabled again, an endpoint begins without a past. @returns whether anything changed */
export async function setEndpointDisabled(
  sql: Queryable,
  workspaceId: string,
  id: string,
  reason: string | null,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    reason === null
      ? `UPDATE endpoint SET disabled_at = NULL, disabled_reason = NULL, failures = 0, failing_since = NULL, open_until = NULL
         WHERE workspace_id = $1 AND id = $2 AND disabled_at IS NOT NULL`
      : `UPDATE endpoint SET disabled_at = now(), disabled_reason = $3
         WHERE workspace_id = $1 AND id = $2 AND disabled_at IS NULL`,
    reason === null ? [workspaceId, id] : [workspaceId, id, reason],
  );
  return (rowCount ?? 0) > 0;
}

/** Whether an endpoint wants events of a type. */
export function wantsType(types: readonly string[], type: string): boolean {
  return types.some((each) => (each.endsWith('*') ? type.startsWith(each.slice(0, -1)) : each === type));
}

/** What is told to a receiver of its own endpoint; these types are the product's. */
export const ENDPOINT_TEST = 'sagawright.endpoint.test';
export const ENDPOINT_DISABLED = 'sagawright.endpoint.disabled';
export const endpointSource = (id: string): string => `/endpoints/${id}`;

/** An event about an endpoint, as the store takes it. */
export interface EndpointNotice {
  readonly type: string;
  readonly eventId: string;
  readonly data: Json;
}
