/** Browser sessions: known by the hash of their cookie, revoked by deleting the row. */
import type { Queryable } from '../db/index.js';
import type { Account } from './accounts.js';

export interface Session {
  readonly tokenHash: Buffer;
  readonly csrfToken: string;
  readonly account: Account;
}

export async function insertSession(
  sql: Queryable,
  session: { tokenHash: Buffer; userId: string; csrfToken: string; lifetimeMs: number },
): Promise<void> {
  await sql.query(
    `INSERT INTO session (token_hash, user_id, csrf_token, expires_at)
     VALUES ($1, $2, $3, now() + make_interval(secs => $4::float8 / 1000))`,
    [session.tokenHash, session.userId, session.csrfToken, session.lifetimeMs],
  );
}

/** @returns null when the session is unknown, revoked, expired, or was left alone for longer than `idleMs` */
export async function findSession(sql: Queryable, tokenHash: Buffer, idleMs: number): Promise<Session | null> {
  const { rows } = await sql.query<Account & { csrfToken: string }>({
    name: 'session-find',
    text: `
      SELECT s.csrf_token AS "csrfToken", u.id, u.workspace_id AS "workspaceId", w.name AS "workspaceName", u.email, u.name, u.role,
        u.password_hash AS "passwordHash"
      FROM session s JOIN app_user u ON u.id = s.user_id JOIN workspace w ON w.id = u.workspace_id
      WHERE s.token_hash = $1 AND s.expires_at > now() AND s.last_seen_at > now() - make_interval(secs => $2::float8 / 1000)`,
    values: [tokenHash, idleMs],
  });
  const row = rows[0];
  if (row === undefined) return null;
  const { csrfToken, ...account } = row;
  return { tokenHash, csrfToken, account };
}

/** Looks without using: a stream that is left open does not keep its session alive. */
export async function sessionIsValid(sql: Queryable, tokenHash: Buffer, idleMs: number): Promise<boolean> {
  return (await findSession(sql, tokenHash, idleMs)) !== null;
}

/** Marks the session as used, at most once a minute. */
export async function touchSession(sql: Queryable, tokenHash: Buffer): Promise<void> {
  await sql.query(
    `UPDATE session SET last_seen_at = now() WHERE token_hash = $1 AND last_seen_at < now() - interval '1 minute'`,
    [tokenHash],
  );
}

export async function deleteSession(sql: Queryable, tokenHash: Buffer): Promise<void> {
  await sql.query('DELETE FROM session WHERE token_hash = $1', [tokenHash]);
}

export async function deleteOtherSessions(sql: Queryable, userId: string, keep: Buffer): Promise<void> {
  await sql.query('DELETE FROM session WHERE user_id = $1 AND token_hash <> $2', [userId, keep]);
}
