/**
 * The webhook door. The order is the point: address, proof, liveness, and only then is the body parsed.
 *
 * 1. An unknown address gets one constant answer, whatever it looks like.
 * 2. What cannot be verified is refused and leaves nothing behind: no event, no run.
 * 3. A repeated delivery is answered like the first, with the run that the first one started.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { verifyWebhook } from '@sagawright/shared/event';
import type { Verification, WebhookCrypto } from '@sagawright/shared/event';
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import { sha256, uuidv7 } from '@sagawright/shared/server';
import type { Queryable, TriggerRow } from '@sagawright/shared/server';
import { assertSafeJson, decodeText, parseJsonBody } from '../door/json-body.js';
import { isMediaType } from '../door/media-type.js';
import type { Rates } from '../door/rates.js';
import { Refusal } from '../refusal.js';
import type { TriggerSecrets } from '../workflows/trigger-secrets.js';
import type { Ingest } from './ingest.js';
import { TriggerLookup } from './trigger-lookup.js';

export interface Delivery {
  /** Names in lower case; repeated headers as an array. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly rawBody: Buffer;
}

export interface WebhookAnswer {
  readonly runId: string;
  /** Where a person watches the run. */
  readonly url: string;
  readonly eventId: string;
  readonly duplicate: boolean;
}

const crypto: WebhookCrypto = {
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  equal: (a, b) => timingSafeEqual(a, b),
};

export class Webhooks {
  private readonly triggers: TriggerLookup;

  constructor(
    sql: Queryable,
    private readonly secrets: TriggerSecrets,
    private readonly ingest: Ingest,
    private readonly publicUrl: string,
    private readonly rates: Pick<Rates, 'webhook' | 'workspace'>,
    private readonly now: () => number = Date.now,
  ) {
    this.triggers = new TriggerLookup(sql);
  }

  /** @throws Refusal `webhook.unknown`, `webhook.not-verified`, `trigger.not-live`, `rate.limited`, `body.*`, `ingest.busy` */
  async deliver(token: string, delivery: Delivery): Promise<{ workspaceId: string; answer: WebhookAnswer }> {
    const trigger = await this.triggers.find(token);
    if (trigger === null)
      throw new Refusal('webhook.unknown', 'There is no webhook at this address; copy it again from the trigger.');
    const proof = this.verify(trigger, delivery);
    if (trigger.versionId === null) {
      throw new Refusal('trigger.not-live', 'This webhook is not live; publish the workflow that has it.');
    }
    // Behind the proof: what others send in somebody's name does not count against them.
    this.rates.webhook(trigger.id);
    this.rates.workspace(trigger.workspaceId);
    const data = parseBody(delivery);
    const eventId = shortId(proof.dedupId) ?? uuidv7(this.now());
    const { runId, duplicate } = await this.ingest.deliver({
      runId: uuidv7(this.now()),
      workspaceId: trigger.workspaceId,
      workflowId: trigger.workflowId,
      versionId: trigger.versionId,
      triggerId: trigger.id,
      triggerNode: trigger.nodeId,
      event: {
        source: `/hooks/${trigger.id}`,
        eventId,
        type: typeOf(proof.type, data),
        subject: null,
        time: new Date(this.now()).toISOString(),
        contentHash: sha256(delivery.rawBody),
        contentType: oneHeader(delivery, 'content-type'),
        raw: delivery.rawBody,
        data,
        headers: curatedHeaders(delivery),
        receipt: proof.receipt as JsonObject,
      },
    });
    const { workspaceId } = trigger;
    return { workspaceId, answer: { runId, url: `${this.publicUrl}/runs/${runId}`, eventId, duplicate } };
  }

  private verify(trigger: TriggerRow, delivery: Delivery): Extract<Verification, { ok: true }> {
    const secrets = trigger.scheme === 'none' ? [] : this.secrets.accepted(trigger);
    const proof = verifyWebhook(trigger.scheme ?? 'undeclared', secrets, delivery, this.now(), crypto);
    if (proof.ok) return proof;
    throw new Refusal(
      'webhook.not-verified',
      `The delivery was refused (${proof.reason}); sign the exact body with the secret of this trigger.`,
      {
        context: { reason: proof.reason, ...(proof.header === undefined ? {} : { header: proof.header }) },
      },
    );
  }
}

function parseBody(delivery: Delivery): Json {
  const contentType = oneHeader(delivery, 'content-type');
  if (isMediaType(contentType, 'application/json')) return parseJsonBody(delivery.rawBody);
  if (isMediaType(contentType, 'application/x-www-form-urlencoded')) {
    const form = parseForm(decodeText(delivery.rawBody));
    assertSafeJson(form);
    return form;
  }
  throw new Refusal(
    'body.unsupported-type',
    'Send the delivery as application/json or application/x-www-form-urlencoded, encoded as UTF-8.',
  );
}

const MOST_FORM_FIELDS = 10_000;

/** Fields by name; a field that comes several times becomes a list. */
export function parseForm(text: string): JsonObject {
  const fields = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (++count > MOST_FORM_FIELDS) {
      throw new Refusal('body.malformed', `The form has more than ${MOST_FORM_FIELDS} fields; send less at once.`);
    }
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

function typeOf(fromHeader: string | undefined, data: Json): string {
  const inBody = isJsonObject(data) && typeof data.type === 'string' ? data.type : '';
  const type = (fromHeader ?? inBody).trim();
  return type === '' || type.length > 300 ? 'webhook.received' : type;
}

/** Index entries are bounded; an id that is longer stands in by its hash. */
function shortId(id: string | null): string | null {
  return id === null || id.length <= 300 ? id : `sha256:${sha256(id).toString('hex')}`;
}

const PRIVATE =
  /^(authorization|proxy-authorization|cookie|host|connection|content-length|transfer-encoding|x-forwarded-.*|x-real-ip|forwarded)$/;
const SECRETIVE = /(signature|token|secret|password|api-?key|hmac|auth)/;

/** What expressions may read under `trigger.headers`: nothing that proves, identifies or routes. */
function curatedHeaders(delivery: Delivery): Record<string, string> {
  return Object.fromEntries(
    Object.keys(delivery.headers)
      .filter((name) => !PRIVATE.test(name) && !SECRETIVE.test(name))
      .map((name) => [name, oneHeader(delivery, name)]),
  );
}

function oneHeader(delivery: Delivery, name: string): string {
  const value = delivery.headers[name];
  return value === undefined ? '' : typeof value === 'string' ? value : value.join(', ');
}
