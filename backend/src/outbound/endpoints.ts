/** Endpoints of a workspace: whom it tells of its events, and by which secret they know that it is us. */
import { MOST_ENDPOINTS } from '@sagawright/shared/contracts';
import type { Endpoint } from '@sagawright/shared/contracts';
import { readFilter } from '@sagawright/shared/event';
import type { JsonObject } from '@sagawright/shared/kernel';
import {
  ENDPOINT_SECRET,
  appendAudit,
  changeEndpoint,
  checkEndpointUrl,
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  makeEndpointSecret,
  publicKeyOf,
  rotateEndpointSecret,
  setEndpointDisabled,
  setEndpointPaused,
  uuidv7,
} from '@sagawright/shared/server';
import type {
  Database,
  EndpointRow,
  EndpointSettings,
  EndpointSignature,
  Queryable,
  Sealer,
} from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';
import { shownUrl } from './shown-url.js';

const HOUR_MS = 3_600_000;

export interface WithSecret {
  readonly endpoint: Endpoint;
  /** Shown this once; null for a key pair. */
  readonly secret: string | null;
  readonly publicKey: string | null;
}

export class Endpoints {
  private readonly allow: ReadonlySet<string>;

  /** @param allow `host:port` entries that may be told by http, and need not be public */
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    allow: readonly string[],
  ) {
    this.allow = new Set(allow.map((entry) => entry.toLowerCase()));
  }

  async list(caller: Caller): Promise<Endpoint[]> {
    return (await listEndpoints(this.database.pool, caller.workspaceId)).map((row) => this.view(row));
  }

  /** @throws Refusal `endpoint.not-found` */
  async get(caller: Caller, id: string): Promise<Endpoint> {
    return this.view(await this.find(this.database.pool, caller, id));
  }

  /** @throws Refusal `endpoint.refused`, `endpoint.too-many`, `request.invalid` */
  async create(
    caller: Caller,
    wish: EndpointSettings & { readonly signature: EndpointSignature },
  ): Promise<WithSecret> {
    this.check(wish);
    const { workspaceId } = caller;
    const id = uuidv7();
    const secret = makeEndpointSecret(wish.signature);
    await this.database.transaction(async (sql) => {
      if ((await listEndpoints(sql, workspaceId)).length >= MOST_ENDPOINTS) {
        throw new Refusal(
          'endpoint.too-many',
          `A workspace has at most ${MOST_ENDPOINTS} endpoints; delete one first.`,
        );
      }
      const createdBy = caller.actor;
      await insertEndpoint(sql, { ...wish, id, workspaceId, secretSealed: this.seal(id, secret), createdBy });
      await this.audit(sql, caller, 'create', id, {
        url: shownUrl(wish.url),
        types: [...wish.types],
        signature: wish.signature,
      });
    });
    return this.told(await this.get(caller, id), secret);
  }

  /** @throws Refusal `endpoint.not-found`, `endpoint.refused`, `request.invalid` */
  async change(caller: Caller, id: string, wish: EndpointSettings): Promise<Endpoint> {
    this.check(wish);
    await this.database.transaction(async (sql) => {
      const { url: before } = await this.find(sql, caller, id);
      await changeEndpoint(sql, caller.workspaceId, id, wish);
      await this.audit(sql, caller, 'change', id, {
        before: shownUrl(before),
        url: shownUrl(wish.url),
        types: [...wish.types],
      });
    });
    return this.get(caller, id);
  }

  /** @throws Refusal `endpoint.not-found` */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      const { name, url } = await this.find(sql, caller, id);
      await deleteEndpoint(sql, caller.workspaceId, id);
      await this.audit(sql, caller, 'delete', id, { name, url: shownUrl(url) });
    });
  }

  /** @throws Refusal `endpoint.not-found` */
  async rotate(caller: Caller, id: string, overlapHours: number): Promise<WithSecret> {
    const secret = await this.database.transaction(async (sql) => {
      const { signature } = await this.find(sql, caller, id);
      const made = makeEndpointSecret(signature);
      await rotateEndpointSecret(sql, caller.workspaceId, id, this.seal(id, made), overlapHours * HOUR_MS);
      await this.audit(sql, caller, 'rotate-secret', id, { overlapHours });
      return made;
    });
    return this.told(await this.get(caller, id), secret);
  }

  /** @throws Refusal `endpoint.not-found` */
  async setPaused(caller: Caller, id: string, paused: boolean): Promise<Endpoint> {
    await this.database.transaction(async (sql) => {
      await this.find(sql, caller, id);
      const changed = await setEndpointPaused(sql, caller.workspaceId, id, paused);
      if (changed) await this.audit(sql, caller, paused ? 'pause' : 'resume', id, {});
    });
    return this.get(caller, id);
  }

  /** @throws Refusal `endpoint.not-found` */
  async enable(caller: Caller, id: string): Promise<Endpoint> {
    await this.database.transaction(async (sql) => {
      const { disabledReason: reason } = await this.find(sql, caller, id);
      const changed = await setEndpointDisabled(sql, caller.workspaceId, id, null);
      if (changed) await this.audit(sql, caller, 'enable', id, { reason });
    });
    return this.get(caller, id);
  }

  private check({ url, filter }: EndpointSettings): void {
    const target = checkEndpointUrl(url, this.allow);
    if (!target.ok) {
      throw new Refusal('endpoint.refused', target.error.message, {
        errors: [{ path: 'body.url', message: target.error.message }],
        context: { code: target.error.code },
      });
    }
    if (filter === null) return;
    const reading = readFilter(filter);
    if (reading.ok) return;
    const { message, where } = reading.problem;
    const path = ['body.filter', where].filter((part) => part !== '').join('.');
    throw new Refusal('request.invalid', `${path} ${message}`, { errors: [{ path, message }] });
  }

  private async find(sql: Queryable, caller: Caller, id: string): Promise<EndpointRow> {
    const found = await findEndpoint(sql, caller.workspaceId, id);
    if (found === null) throw endpointNotFound();
    return found;
  }

  private seal(id: string, secret: string): Buffer {
    return this.sealer.seal(secret, { purpose: ENDPOINT_SECRET, rowId: id });
  }

  private told(endpoint: Endpoint, secret: string): WithSecret {
    const publicKey = publicKeyOf(secret);
    return { endpoint, secret: publicKey === null ? secret : null, publicKey };
  }

  private async audit(sql: Queryable, caller: Caller, what: string, id: string, details: JsonObject): Promise<void> {
    const action = `endpoint.${what}`;
    await appendAudit(sql, caller.workspaceId, {
      actor: auditActor(caller),
      action,
      subject: `endpoint:${id}`,
      details,
    });
  }

  private view(row: EndpointRow): Endpoint {
    const { id, name, url, filter, perSecond, signature, disabledReason, failures, pending } = row;
    const secret =
      signature === 'v1' ? null : this.sealer.unseal(row.secretSealed, { purpose: ENDPOINT_SECRET, rowId: id });
    return {
      ...{ id, name, url, filter, perSecond, signature, disabledReason, failures, pending },
      types: [...row.types],
      headers: { ...row.headers },
      publicKey: secret === null ? null : publicKeyOf(secret),
      status: statusOf(row),
      secretSince: row.secretSince.toISOString(),
      previousUntil: later(row.previousUntil),
      disabledAt: row.disabledAt?.toISOString() ?? null,
      pausedAt: row.pausedAt?.toISOString() ?? null,
      failingSince: row.failingSince?.toISOString() ?? null,
      openUntil: later(row.openUntil),
      createdAt: row.createdAt.toISOString(),
      createdBy: row.createdBy.name,
    };
  }
}

export const endpointNotFound = (): Refusal =>
  new Refusal('endpoint.not-found', 'There is no such endpoint in this workspace; it may have been deleted.');

function statusOf({ disabledAt, pausedAt, openUntil }: EndpointRow): Endpoint['status'] {
  if (disabledAt !== null) return 'disabled';
  if (pausedAt !== null) return 'paused';
  return later(openUntil) === null ? 'live' : 'resting';
}

const later = (at: Date | null): string | null => (at !== null && at.getTime() > Date.now() ? at.toISOString() : null);
