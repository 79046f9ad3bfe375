/** API keys: only the SHA-256 of a key is stored, so a copy of the table opens nothing. */
import type { Queryable } from '../db/index.js';
import type { Role } from './accounts.js';

export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  /** The first characters, for telling keys apart on a screen. */
  readonly prefix: string;
  readonly scopes: string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

const COLUMNS = `id, name, prefix, scopes, created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt"`;

/** Keys that have not been revoked, newest first. */
export async function listApiKeys(sql: Queryable, workspaceId: string): Promise<ApiKeyRow[]> {
  const { rows } = await sql.query<ApiKeyRow>(
    `SELECT ${COLUMNS} FROM api_key WHERE workspace_id = $1 AND revoked_at IS NULL ORDER BY created_at DESC, id`,
    [workspaceId],
  );
  return rows;
}

export interface NewApiKey {
  readonly id: string;
  readonly createdBy: string;
  readonly name: string;
  readonly prefix: string;
  readonly keyHash: Buffer;
  readonly scopes: readonly string[];
  readonly expiresInDays: number | null;
}

export async function insertApiKey(sql: Queryable, workspaceId: string, key: NewApiKey): Promise<ApiKeyRow> {
  const { rows } = await sql.query<ApiKeyRow>(
    `INSERT INTO api_key (id, workspace_id, created_by, name, prefix, key_hash, scopes, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8))
     RETURNING ${COLUMNS}`,
    [key.id, workspaceId, key.createdBy, key.name, key.prefix, key.keyHash, key.scopes, key.expiresInDays],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('PostgreSQL returned no row for an inserted API key.');
  return row;
}

/** @returns the revoked key's name, or null when this workspace has no such key */
export async function revokeApiKey(sql: Queryable, workspaceId: string, id: string): Promise<string | null> {
  const { rows } = await sql.query<{ name: string }>(
    'UPDATE api_key SET revoked_at = now() WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING name',
    [workspaceId, id],
  );
  return rows[0]?.name ?? null;
}

export interface KeyHolder {
  readonly keyId: string;
  readonly keyName: string;
  readonly workspaceId: string;
  readonly scopes: string[];
  /** Role today of whoever made the key: a key never does more than its maker may. */
  readonly creatorRole: Role;
}

/** @returns null when the key is unknown, revoked or expired; also notes that it was used, at most once a minute */
export async function findApiKey(sql: Queryable, keyHash: Buffer): Promise<KeyHolder | null> {
  const { rows } = await sql.query<KeyHolder & { stale: boolean }>({
    name: 'api-key-find',
    text: `
      SELECT k.id AS "keyId", k.name AS "keyName", k.workspace_id AS "workspaceId", k.scopes, u.role AS "creatorRole",
        coalesce(k.last_used_at < now() - interval '1 minute', true) AS stale
      FROM api_key k JOIN app_user u ON u.id = k.created_by AND u.workspace_id = k.workspace_id
      WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`,
    values: [keyHash],
  });
  const row = rows[0];
  if (row === undefined) return null;
  const { stale, ...holder } = row;
  if (stale) await sql.query('UPDATE api_key SET last_used_at = now() WHERE id = $1', [holder.keyId]);
  return holder;
}

/** Whether a key that let somebody in before would still do so. */
export async function apiKeyIsValid(sql: Queryable, id: string): Promise<boolean> {
  const { rows } = await sql.query(
    'SELECT 1 FROM api_key WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())',
    [id],
  );
  return rows.length === 1;
}
