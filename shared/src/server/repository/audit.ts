/**
 * The audit log: append-only, and every row holds the hash of the row before it, so that a changed or removed row shows.
 *
 * 1. hash = SHA-256 over the previous hash and the row's canonical JSON (keys sorted), per workspace.
 * 2. Rows of one workspace are written one after another: the chain's end is locked until the commit.
 */
import type { Json, JsonObject } from '../../kernel/index.js';
import { isJsonObject } from '../../kernel/index.js';
import type { Actor } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import { sha256 } from '../ids.js';

export interface AuditRow {
  readonly actor: Actor & { readonly ip: string | null };
  /** What was done: `workflow.publish`, `api-key.create`. */
  readonly action: string;
  /** What it was done to: `workflow:<id>`. */
  readonly subject: string;
  /** Never a secret. */
  readonly details: JsonObject;
}

/** Call it inside the transaction that does the thing, so that neither is there without the other. */
export async function appendAudit(sql: Queryable, workspaceId: string, row: AuditRow): Promise<void> {
  await sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('audit:' || $1, 0))`, [workspaceId]);
  const last = await sql.query<{ hash: Buffer }>(
    'SELECT hash FROM audit_log WHERE workspace_id = $1 ORDER BY position DESC LIMIT 1',
    [workspaceId],
  );
  const previous = last.rows[0]?.hash ?? null;
  const at = new Date();
  await sql.query(
    `INSERT INTO audit_log (workspace_id, at, actor, action, subject, details, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      workspaceId,
      at,
      JSON.stringify(row.actor),
      row.action,
      row.subject,
      JSON.stringify(row.details),
      previous,
      rowHash(workspaceId, at, row, previous),
    ],
  );
}

/** @returns the position of the first row that does not fit the chain, or null when all do */
export async function findAuditBreak(sql: Queryable, workspaceId: string): Promise<number | null> {
  const { rows } = await sql.query<AuditRow & { position: number; at: Date; previous: Buffer | null; hash: Buffer }>(
    `SELECT position, at, actor, action, subject, details, previous_hash AS previous, hash FROM audit_log WHERE workspace_id = $1 ORDER BY position`,
    [workspaceId],
  );
  let previous: Buffer | null = null;
  for (const row of rows) {
    const linked = previous === null ? row.previous === null : row.previous?.equals(previous) === true;
    if (!linked || !rowHash(workspaceId, row.at, row, previous).equals(row.hash)) return row.position;
    previous = row.hash;
  }
  return null;
}

function rowHash(workspaceId: string, at: Date, row: AuditRow, previous: Buffer | null): Buffer {
  const content: Json = [workspaceId, at.toISOString(), { ...row.actor }, row.action, row.subject, row.details];
  return sha256(Buffer.concat([previous ?? Buffer.alloc(0), Buffer.from(canonical(content))]));
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}
