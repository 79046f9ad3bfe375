import { Controller, Req, Res } from '@nestjs/common';
import { authRoutes } from '@sagawright/shared/contracts';
import type { ApiKey, Me, RouteRequest } from '@sagawright/shared/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Contract, Input } from '../door/contract.js';
import { ApiKeys } from './api-keys.js';
import { From } from './caller.js';
import type { Caller } from './caller.js';
import { SessionCookie } from './session-cookie.js';
import { Sessions } from './sessions.js';
import type { Login } from './sessions.js';

type Routes = typeof authRoutes;

@Controller()
export class AuthController {
  constructor(
    private readonly sessions: Sessions,
    private readonly apiKeys: ApiKeys,
    private readonly cookie: SessionCookie,
  ) {}

  @Contract(authRoutes.redeemSignInLink)
  async redeemSignInLink(
    @Input() { body }: RouteRequest<Routes['redeemSignInLink']>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    return this.enter(reply, await this.sessions.redeemLink(body.token, request.ip));
  }

  @Contract(authRoutes.login)
  async login(
    @Input() { body }: RouteRequest<Routes['login']>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    return this.enter(reply, await this.sessions.login(body.email, body.password, request.ip));
  }

  @Contract(authRoutes.logout)
  async logout(
    @Input() _input: RouteRequest<Routes['logout']>,
    @From() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.logout(caller);
    this.cookie.clear(reply);
  }

  @Contract(authRoutes.me)
  async me(@Input() _input: RouteRequest<Routes['me']>, @From() caller: Caller): Promise<Me> {
    return this.sessions.me(caller);
  }

  @Contract(authRoutes.setPassword)
  async setPassword(@Input() { body }: RouteRequest<Routes['setPassword']>, @From() caller: Caller): Promise<void> {
    await this.sessions.setPassword(caller, body);
  }

  @Contract(authRoutes.listApiKeys)
  async listApiKeys(
    @Input() _input: RouteRequest<Routes['listApiKeys']>,
    @From() caller: Caller,
  ): Promise<{ items: ApiKey[] }> {
    return { items: await this.apiKeys.list(caller) };
  }

  @Contract(authRoutes.createApiKey)
  async createApiKey(
    @Input() { body }: RouteRequest<Routes['createApiKey']>,
    @From() caller: Caller,
  ): Promise<ApiKey & { secret: string }> {
    return this.apiKeys.create(caller, body);
  }

  @Contract(authRoutes.revokeApiKey)
  async revokeApiKey(@Input() { params }: RouteRequest<Routes['revokeApiKey']>, @From() caller: Caller): Promise<void> {
    await this.apiKeys.revoke(caller, params.id);
  }

  private enter(reply: FastifyReply, login: Login): Me {
    this.cookie.write(reply, login.token);
    return login.me;
  }
}
