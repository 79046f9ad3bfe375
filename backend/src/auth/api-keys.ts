import type { ApiKey, ApiScope } from '@sagawright/shared/contracts';
import { appendAudit, insertApiKey, listApiKeys, revokeApiKey, sha256, uuidv7 } from '@sagawright/shared/server';
import type { ApiKeyRow, Database } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';
import { makeApiKey } from './api-key.js';
import { auditActor } from './caller.js';
import type { Caller } from './caller.js';

export class ApiKeys {
  constructor(private readonly database: Database) {}

  async list(caller: Caller): Promise<ApiKey[]> {
    return (await listApiKeys(this.database.pool, caller.workspaceId)).map(toView);
  }

  /** The secret is in this answer and nowhere else. */
  async create(
    caller: Caller,
    wish: { name: string; scopes: ApiScope[]; expiresInDays: number | null },
  ): Promise<ApiKey & { secret: string }> {
    const secret = makeApiKey();
    return this.database.transaction(async (sql) => {
      const row = await insertApiKey(sql, caller.workspaceId, {
        id: uuidv7(),
        createdBy: caller.actor.id,
        name: wish.name,
        prefix: secret.slice(0, 12),
        keyHash: sha256(secret),
        scopes: wish.scopes,
        expiresInDays: wish.expiresInDays,
      });
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'api-key.create',
        subject: `api-key:${row.id}`,
        details: { name: row.name, scopes: wish.scopes },
      });
      return { ...toView(row), secret };
    });
  }

  /** @throws Refusal `api-key.not-found` */
  async revoke(caller: Caller, id: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      const name = await revokeApiKey(sql, caller.workspaceId, id);
      if (name === null)
        throw new Refusal('api-key.not-found', 'There is no such API key in this workspace, or it is revoked already.');
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'api-key.revoke',
        subject: `api-key:${id}`,
        details: { name },
      });
    });
  }
}

function toView(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as ApiScope[],
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
