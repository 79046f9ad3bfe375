/** Workspaces, the people in them, and the one-time links that let somebody in who has no password yet. */
import type { Queryable } from '../db/index.js';

export type Role = 'owner' | 'editor' | 'runner' | 'viewer';

export interface Account {
  readonly id: string;
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string | null;
}

const ACCOUNT = `
  u.id, u.workspace_id AS "workspaceId", w.name AS "workspaceName", u.email, u.name, u.role, u.password_hash AS "passwordHash"
`;

export interface FirstOwner {
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

/** Makes the first workspace with its owner, unless there is one; any number of processes may ask at once. */
export async function ensureFirstOwner(sql: Queryable, owner: FirstOwner): Promise<void> {
  await sql.query('LOCK TABLE workspace IN SHARE ROW EXCLUSIVE MODE');
  const { rows } = await sql.query('SELECT 1 FROM workspace LIMIT 1');
  if (rows.length > 0) return;
  await sql.query('INSERT INTO workspace (id, name) VALUES ($1, $2)', [owner.workspaceId, owner.workspaceName]);
  await sql.query(`INSERT INTO app_user (id, workspace_id, email, name, role) VALUES ($1, $2, $3, $4, 'owner')`, [
    owner.userId,
    owner.workspaceId,
    owner.email,
    owner.name,
  ]);
}

/** The oldest owner: whom a sign-in link printed on the server's own terminal lets in. */
export async function findFirstOwner(sql: Queryable): Promise<Account | null> {
  const { rows } = await sql.query<Account>(
    `SELECT ${ACCOUNT} FROM app_user u JOIN workspace w ON w.id = u.workspace_id WHERE u.role = 'owner' ORDER BY u.created_at, u.id LIMIT 1`,
  );
  return rows[0] ?? null;
}

/** E-mail addresses are unique over all workspaces; upper and lower case are the same. */
export async function findAccountByEmail(sql: Queryable, email: string): Promise<Account | null> {
  const { rows } = await sql.query<Account>(
    `SELECT ${ACCOUNT} FROM app_user u JOIN workspace w ON w.id = u.workspace_id WHERE lower(u.email) = lower($1)`,
    [email],
  );
  return rows[0] ?? null;
}

export async function findAccount(sql: Queryable, workspaceId: string, userId: string): Promise<Account | null> {
  const { rows } = await sql.query<Account>(
    `SELECT ${ACCOUNT} FROM app_user u JOIN workspace w ON w.id = u.workspace_id WHERE u.workspace_id = $1 AND u.id = $2`,
    [workspaceId, userId],
  );
  return rows[0] ?? null;
}

export async function setPasswordHash(
  sql: Queryable,
  workspaceId: string,
  userId: string,
  passwordHash: string,
): Promise<void> {
  await sql.query('UPDATE app_user SET password_hash = $3 WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    userId,
    passwordHash,
  ]);
}

export async function insertSignInLink(
  sql: Queryable,
  link: { tokenHash: Buffer; userId: string; lifetimeMs: number },
): Promise<void> {
  await sql.query(
    `INSERT INTO sign_in_link (token_hash, user_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3::float8 / 1000))`,
    [link.tokenHash, link.userId, link.lifetimeMs],
  );
}

/** Uses up a link. @returns whom it lets in, or null when it is unknown, used or expired */
export async function redeemSignInLink(sql: Queryable, tokenHash: Buffer): Promise<Account | null> {
  const { rows } = await sql.query<Account>(
    `WITH used AS (
       UPDATE sign_in_link SET used_at = now()
       WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()
       RETURNING user_id
     )
     SELECT ${ACCOUNT} FROM used JOIN app_user u ON u.id = used.user_id JOIN workspace w ON w.id = u.workspace_id`,
    [tokenHash],
  );
  return rows[0] ?? null;
}
