/**
 * Denies by default: a handler is reached only through its contract's `auth`, or when it is marked open to all.
 *
 * 1. An Authorization header is looked at alone; a bad key never falls back to the cookie.
 * 2. A cookie does unsafe things only together with its CSRF token, and never from another origin.
 */
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApiScope, Route } from '@sagawright/shared/contracts';
import { equalInConstantTime, findApiKey, findSession, sha256, touchSession } from '@sagawright/shared/server';
import type { Database } from '@sagawright/shared/server';
import type { FastifyRequest } from 'fastify';
import { contractOf, isOpenToAll } from '../door/contract.js';
import type { Rates } from '../door/rates.js';
import { Refusal } from '../refusal.js';
import { looksLikeApiKey } from './api-key.js';
import { SCOPES_OF_ROLE, setCaller } from './caller.js';
import type { Caller } from './caller.js';
import type { SessionCookie } from './session-cookie.js';
import { SESSION_IDLE_MS } from './sessions.js';

export class AuthGuard implements CanActivate {
  constructor(
    private readonly database: Database,
    private readonly cookie: SessionCookie,
    private readonly publicUrl: string,
    private readonly rates: Pick<Rates, 'workspace'>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    if (isOpenToAll(handler)) return true;
    const route = contractOf(handler);
    if (route === null) throw new Error(`${handler.name} has no contract and is not open to all.`);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (route.auth.kind === 'public') {
      if (route.method !== 'GET') this.assertOrigin(request);
      return true;
    }
    const caller = await this.identify(request, route);
    const { scope } = route.auth;
    if (scope !== undefined && !caller.scopes.has(scope)) {
      throw new Refusal('auth.forbidden', `This needs the permission "${scope}"; ask an owner of the workspace.`, {
        context: { scope },
      });
    }
    this.rates.workspace(caller.workspaceId);
    setCaller(request, caller);
    return true;
  }

  private async identify(request: FastifyRequest, route: Route): Promise<Caller> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const caller = await this.byApiKey(authorization, request.ip);
      if (route.auth.kind === 'session')
        throw new Refusal('auth.forbidden', 'This needs a browser session, not an API key.');
      return caller;
    }
    const token = this.cookie.read(request);
    const session = token === null ? null : await findSession(this.database.pool, sha256(token), SESSION_IDLE_MS);
    if (session === null) throw new Refusal('auth.required', 'Log in, or send "Authorization: Bearer <API key>".');
    if (route.method !== 'GET') {
      this.assertOrigin(request);
      const sent = request.headers['x-csrf-token'];
      if (typeof sent !== 'string' || !equalInConstantTime(sent, session.csrfToken)) {
        throw new Refusal('auth.csrf', 'Send the csrfToken of /auth/me as the header X-CSRF-Token.');
      }
    }
    await touchSession(this.database.pool, session.tokenHash);
    const { account } = session;
    return {
      workspaceId: account.workspaceId,
      actor: { kind: 'user', id: account.id, name: account.name },
      scopes: SCOPES_OF_ROLE[account.role],
      ip: request.ip,
      session,
    };
  }

  private async byApiKey(authorization: string, ip: string): Promise<Caller> {
    const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
    const holder = looksLikeApiKey(key) ? await findApiKey(this.database.pool, sha256(key)) : null;
    if (holder === null)
      throw new Refusal('auth.required', 'This API key is unknown, revoked or expired; make a new one under Settings.');
    const allowed = SCOPES_OF_ROLE[holder.creatorRole];
    return {
      workspaceId: holder.workspaceId,
      actor: { kind: 'api-key', id: holder.keyId, name: holder.keyName },
      scopes: new Set(holder.scopes.filter((scope): scope is ApiScope => allowed.has(scope as ApiScope))),
      ip,
      session: null,
    };
  }

  private assertOrigin(request: FastifyRequest): void {
    const { origin, host } = request.headers;
    if (origin === undefined) return;
    const ours =
      URL.canParse(origin) &&
      (new URL(origin).host === host || new URL(origin).origin === new URL(this.publicUrl).origin);
    if (!ours) throw new Refusal('auth.csrf', 'This request comes from a page of another origin.');
  }
}
