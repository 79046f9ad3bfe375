import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { API_SCOPES } from '@sagawright/shared/contracts';
import type { ApiScope } from '@sagawright/shared/contracts';
import type { Actor } from '@sagawright/shared/saga';
import type { AuditRow, Role, Session } from '@sagawright/shared/server';
import type { FastifyRequest } from 'fastify';

/** Who asks: what every service is told first. Its workspace is the only one the request can reach. */
export interface Caller {
  readonly workspaceId: string;
  readonly actor: Actor;
  readonly scopes: ReadonlySet<ApiScope>;
  readonly ip: string;
  /** Null for API keys. */
  readonly session: Session | null;
}

const VIEWER: readonly ApiScope[] = ['workflows:read', 'runs:read'];
const RUNNER: readonly ApiScope[] = [...VIEWER, 'runs:start', 'runs:write'];
const EDITOR: readonly ApiScope[] = [...RUNNER, 'workflows:write'];

/** Each role may do what the one before it may, and more. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, ReadonlySet<ApiScope>>> = {
  viewer: new Set(VIEWER),
  runner: new Set(RUNNER),
  editor: new Set(EDITOR),
  owner: new Set(API_SCOPES),
};

const callers = new WeakMap<object, Caller>();

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** The caller, as the guard found it out. */
export const From = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error(`${context.getHandler().name} asks for a caller but is open to all.`);
  return caller;
});

export function auditActor(caller: Caller): AuditRow['actor'] {
  return { ...caller.actor, ip: caller.ip };
}
