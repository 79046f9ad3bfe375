/** The first start: a workspace, its owner, and a one-time link by which the owner gets in. */
import {
  ensureFirstOwner,
  findFirstOwner,
  insertSignInLink,
  randomToken,
  sha256,
  uuidv7,
} from '@sagawright/shared/server';
import type { Database } from '@sagawright/shared/server';

const LINK_LIFETIME_MS = 24 * 3_600_000;

/** Makes the first workspace and owner unless there are some. @returns whether the owner can log in with a password */
export async function prepareFirstRun(database: Database): Promise<{ ownerHasPassword: boolean }> {
  await database.transaction((sql) =>
    ensureFirstOwner(sql, {
      workspaceId: uuidv7(),
      workspaceName: 'My workspace',
      userId: uuidv7(),
      email: 'owner@localhost.localdomain',
      name: 'Owner',
    }),
  );
  return { ownerHasPassword: (await findFirstOwner(database.pool))?.passwordHash != null };
}

/** A new link for the first owner, good once and for a day. */
export async function makeSignInLink(database: Database, publicUrl: string): Promise<string> {
  const owner = await findFirstOwner(database.pool);
  if (owner === null) throw new Error('There is no owner yet; start the backend once.');
  const token = randomToken(256);
  await insertSignInLink(database.pool, { tokenHash: sha256(token), userId: owner.id, lifetimeMs: LINK_LIFETIME_MS });
  return `${publicUrl}/sign-in?token=${token}`;
}
