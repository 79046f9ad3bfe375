/** What was sent to endpoints: the log, and sending again. */
import type { Delivery, RouteRequest, RouteResponse, outboundRoutes } from '@sagawright/shared/contracts';
import type { JsonObject } from '@sagawright/shared/kernel';
import {
  ENDPOINT_TEST,
  appendAudit,
  endpointSource,
  findDelivery,
  findEndpoint,
  insertEvents,
  insertTestDelivery,
  listDeliveries,
  messageId,
  resendDelivery,
  resendFailed,
  resendRange,
  sha256,
  uuidv7,
} from '@sagawright/shared/server';
import type { Database, DeliveryRow, EndpointRow, Queryable } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { readCursor, writeCursor } from '../door/cursor.js';
import { Refusal } from '../refusal.js';
import { endpointNotFound } from './endpoints.js';

type Routes = typeof outboundRoutes;
type Query = RouteRequest<Routes['listDeliveries']>['query'];
type Resend = RouteRequest<Routes['resendDeliveries']>['body'];

export class DeliveryLog {
  constructor(
    private readonly database: Database,
    private readonly shards: number,
  ) {}

  /** @throws Refusal `endpoint.not-found`, `request.invalid` for a foreign cursor */
  async list(
    caller: Caller,
    endpointId: string,
    { status, type, cursor, limit: size }: Query,
  ): Promise<RouteResponse<Routes['listDeliveries']>> {
    const after = readCursor(cursor);
    const { pool } = this.database;
    await endpointOf(pool, caller, endpointId);
    const filter = { status: status ?? null, type: type ?? null };
    const rows = await listDeliveries(pool, caller.workspaceId, endpointId, filter, { after, limit: size + 1 });
    const page = rows.slice(0, size);
    const last = page.at(-1);
    const more = rows.length > size && last !== undefined;
    return { items: page.map(view), nextCursor: more ? writeCursor(last.createdAtMicros, last.id) : null };
  }

  /** @throws Refusal `delivery.not-found` */
  async get(caller: Caller, id: string): Promise<RouteResponse<Routes['getDelivery']>> {
    const found = await findDelivery(this.database.pool, caller.workspaceId, id);
    if (found === null) throw deliveryNotFound();
    return { ...view(found), log: found.log.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })) };
  }

  /** @throws Refusal `delivery.not-found` */
  async resend(caller: Caller, id: string): Promise<Delivery> {
    const { workspaceId } = caller;
    await this.database.transaction(async (sql) => {
      if (!(await resendDelivery(sql, workspaceId, id))) throw deliveryNotFound();
      await audit(sql, caller, 'delivery.resend', `delivery:${id}`, {});
    });
    return await this.get(caller, id);
  }

  /** @throws Refusal `endpoint.not-found` */
  async resendMany(caller: Caller, endpointId: string, wish: Resend): Promise<number> {
    const { workspaceId } = caller;
    return this.database.transaction(async (sql) => {
      await endpointOf(sql, caller, endpointId);
      const count =
        wish.kind === 'failed'
          ? await resendFailed(sql, workspaceId, endpointId, wish.since)
          : await resendRange(sql, workspaceId, endpointId, wish);
      await audit(sql, caller, 'endpoint.resend', `endpoint:${endpointId}`, { ...wish, count });
      return count;
    });
  }

  /** @throws Refusal `endpoint.not-found` */
  async test(caller: Caller, endpointId: string): Promise<Delivery> {
    const id = await this.database.transaction(async (sql) => {
      const { workspaceId, name } = await endpointOf(sql, caller, endpointId);
      const data = { endpoint: endpointId, name, message: 'This is a test.' };
      const raw = Buffer.from(JSON.stringify(data));
      const event = {
        source: endpointSource(endpointId),
        eventId: `test:${uuidv7()}`,
        type: ENDPOINT_TEST,
        subject: endpointId,
        time: new Date().toISOString(),
        contentHash: sha256(raw),
        contentType: 'application/json',
        raw,
        data,
        headers: {},
        receipt: null,
      };
      const [stored] = await insertEvents(sql, [{ workspaceId, event }], this.shards);
      if (stored === undefined) throw new Error('Storing the test event gave no answer; this is a bug.');
      await audit(sql, caller, 'endpoint.test', `endpoint:${endpointId}`, {});
      const { position } = stored;
      return await insertTestDelivery(sql, { id: endpointId, workspaceId }, { position, type: ENDPOINT_TEST });
    });
    return await this.get(caller, id);
  }
}

async function endpointOf(sql: Queryable, caller: Caller, id: string): Promise<EndpointRow> {
  const found = await findEndpoint(sql, caller.workspaceId, id);
  if (found === null) throw endpointNotFound();
  return found;
}

async function audit(
  sql: Queryable,
  caller: Caller,
  action: string,
  subject: string,
  details: JsonObject,
): Promise<void> {
  await appendAudit(sql, caller.workspaceId, { actor: auditActor(caller), action, subject, details });
}

const deliveryNotFound = (): Refusal =>
  new Refusal('delivery.not-found', 'There is no such delivery in this workspace; old ones are deleted after 30 days.');

function view(row: DeliveryRow): Delivery {
  const { id, endpointId, position, eventType, test, status, attempts, lastStatus, lastError } = row;
  return {
    ...{ id, endpointId, position, eventType, test, status, attempts, lastStatus, lastError },
    messageId: messageId(id),
    nextAt: row.due?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
