/** What is left behind when an endpoint is disabled by what it answered: an event that others may listen to, and the audit. */
import type { JsonObject } from '@sagawright/shared/kernel';
import {
  ENDPOINT_DISABLED,
  appendAudit,
  endpointSource,
  findEndpoint,
  insertEvents,
  sha256,
} from '@sagawright/shared/server';
import type { ClaimedDelivery, Queryable } from '@sagawright/shared/server';
import type { Verdict } from './schedule.js';

/** Call it in the transaction that disables the endpoint. */
export async function disabledNotice(
  sql: Queryable,
  { id, workspaceId, endpointId, epoch }: ClaimedDelivery,
  verdict: Verdict,
  shards: number,
): Promise<void> {
  const endpoint = await findEndpoint(sql, workspaceId, endpointId);
  const data: JsonObject = {
    endpoint: endpointId,
    name: endpoint?.name ?? '',
    url: endpoint?.url ?? '',
    cause: verdict.kind === 'gone' ? 'gone' : 'failing',
    reason: endpoint?.disabledReason ?? '',
  };
  const raw = Buffer.from(JSON.stringify(data));
  const event = {
    source: endpointSource(endpointId),
    eventId: `disabled:${id}:${epoch}`,
    type: ENDPOINT_DISABLED,
    subject: endpointId,
    time: new Date().toISOString(),
    contentHash: sha256(raw),
    contentType: 'application/json',
    raw,
    data,
    headers: {},
    receipt: null,
  };
  await insertEvents(sql, [{ workspaceId, event }], shards);
  await appendAudit(sql, workspaceId, {
    actor: { kind: 'system', id: endpointId, name: 'Outbound webhooks', ip: null },
    action: 'endpoint.disable',
    subject: `endpoint:${endpointId}`,
    details: data,
  });
}
