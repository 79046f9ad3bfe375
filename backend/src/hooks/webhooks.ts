/**
 * The webhook door. The order is the point: address, handshake, proof, liveness, and only then is the body parsed.
 *
 * 1. An unknown address gets one constant answer, whatever it looks like.
 * 2. What cannot be verified is refused and leaves nothing behind: no event, no run.
 * 3. A handshake is answered by the rules of the provider and leaves nothing behind either, but for a secret that it hands over.
 * 4. A repeated delivery is answered like the first, with the run that the first one started.
 */
import { acceptedAnswer, admitWebhook, answerHandshake, fetchingKeys, webhookProvider } from '@sagawright/shared/event';
import type {
  AcceptedAnswer,
  HandshakeAnswer,
  HandshakeOutcome,
  KeySource,
  Refused,
  Verification,
  WebhookSecret,
} from '@sagawright/shared/event';
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import { claimTriggerSecret, sha256, uuidv7, webhookCrypto } from '@sagawright/shared/server';
import type { IngestEvent, Queryable, TriggerRow } from '@sagawright/shared/server';
import { assertSafeJson, decodeText, parseJsonBody } from '../door/json-body.js';
import { isMediaType } from '../door/media-type.js';
import type { Rates } from '../door/rates.js';
import { countVerification } from '../ops/ingested.js';
import { Refusal } from '../refusal.js';
import { refuseMisfits, schemaMark } from '../schemas/misfits.js';
import type { SchemaMark } from '../schemas/misfits.js';
import type { TriggerSecrets } from '../workflows/trigger-secrets.js';
import type { Ingest } from './ingest.js';
import { prefersStrict } from './prefer.js';
import { get, providerKeys } from './provider-keys.js';
import type { Outgoing } from './provider-keys.js';
import { TriggerLookup } from './trigger-lookup.js';

export interface Delivery {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
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
  /** What the schema of its type says of the event, if it has one. */
  readonly schema?: SchemaMark;
}

export type Delivered =
  | { readonly kind: 'handshake'; readonly answer: HandshakeAnswer }
  | {
      readonly kind: 'started';
      readonly workspaceId: string;
      readonly answer: WebhookAnswer;
      /** What the provider wants to hear, where it wants something else than the run. */
      readonly wanted: AcceptedAnswer | null;
    }
  /** Stored and put aside, because it does not fit the schema of its type. */
  | {
      readonly kind: 'held';
      readonly answer: Omit<WebhookAnswer, 'runId' | 'url'> & { readonly runId: null };
      readonly wanted: AcceptedAnswer | null;
    };

export class Webhooks {
  private readonly triggers: TriggerLookup;
  private readonly keys: KeySource;

  constructor(
    private readonly sql: Queryable,
    private readonly secrets: TriggerSecrets,
    private readonly ingest: Ingest,
    private readonly publicUrl: string,
    private readonly rates: Pick<Rates, 'webhook' | 'workspace'>,
    private readonly outgoing: Outgoing | null,
    private readonly now: () => number = Date.now,
  ) {
    this.triggers = new TriggerLookup(sql);
    this.keys = providerKeys(outgoing, now);
  }

  /** @throws Refusal `webhook.unknown`, `webhook.not-verified`, `trigger.not-live`, `rate.limited`, `body.*`, `ingest.busy` */
  async deliver(token: string, delivery: Delivery): Promise<Delivered> {
    const trigger = await this.triggers.find(token);
    if (trigger === null) throw unknownAddress();
    const scheme = trigger.scheme ?? 'undeclared';
    const request = { ...delivery, url: this.publicUrl + delivery.target };
    const secrets = this.secretsOf(trigger, token);
    const greeting = await fetchingKeys(
      (fetched) => answerHandshake(scheme, secrets, request, this.now(), webhookCrypto, fetched),
      this.keys,
    );
    if (greeting !== null) {
      countVerification(scheme, greeting.ok ? 'answered' : greeting);
      return { kind: 'handshake', answer: await this.greet(trigger, greeting) };
    }
    if (delivery.method !== 'POST') throw unknownAddress();
    const verified = await admitWebhook(scheme, secrets, request, this.now(), webhookCrypto, this.keys);
    countVerification(scheme, verified);
    const proof = proved(verified);
    if (trigger.versionId === null) {
      throw new Refusal('trigger.not-live', 'This webhook is not live; publish the workflow that has it.');
    }
    // Behind the proof: what others send in somebody's name does not count against them.
    this.rates.webhook(trigger.id);
    this.rates.workspace(trigger.workspaceId);
    const data = parseBody(delivery, webhookProvider(scheme)?.body ?? null);
    const eventId = shortId(proof.dedupId) ?? uuidv7(this.now());
    const event: IngestEvent = {
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
    };
    const { workspaceId } = trigger;
    if (prefersStrict(delivery.headers['prefer'])) await refuseMisfits(this.sql, workspaceId, [event]);
    const { runId, duplicate, screening } = await this.ingest.deliver({
      runId: uuidv7(this.now()),
      workspaceId,
      workflowId: trigger.workflowId,
      versionId: trigger.versionId,
      triggerId: trigger.id,
      triggerNode: trigger.nodeId,
      addressed: { publishedAt: trigger.publishedAt ?? new Date(this.now()), order: trigger.order },
      event,
    });
    const wanted = acceptedAnswer(scheme, request);
    const schema = schemaMark(screening);
    if (runId === null) return { kind: 'held', answer: { runId, eventId, duplicate, ...schema }, wanted };
    return {
      kind: 'started',
      workspaceId,
      answer: { runId, url: `${this.publicUrl}/runs/${runId}`, eventId, duplicate, ...schema },
      wanted,
    };
  }

  /** The trigger's own, and the last part of its URL as the word that some providers repeat. */
  private secretsOf(trigger: TriggerRow, token: string): WebhookSecret[] {
    const signs = trigger.scheme !== null && webhookProvider(trigger.scheme)?.secret.madeBy !== 'nobody';
    return [...(signs ? this.secrets.accepted(trigger) : []), { keyId: 'address', secret: token, use: 'handshake' }];
  }

  private async greet(trigger: TriggerRow, greeting: HandshakeOutcome): Promise<HandshakeAnswer> {
    if (!greeting.ok) throw notVerified(greeting);
    if (greeting.kind === 'confirm' && (await get(this.outgoing, greeting.url)) === null) {
      throw notVerified({ ok: false, reason: 'key.unavailable' });
    }
    if (greeting.kind === 'capture') {
      const sealed = this.secrets.sealSecret(trigger.id, greeting.secret);
      // Of two at the same time, the first counts.
      if (!(await claimTriggerSecret(this.sql, trigger.id, sealed))) {
        throw notVerified({ ok: false, reason: 'secret.mismatch' });
      }
    }
    return greeting.answer;
  }
}

function unknownAddress(): Refusal {
  return new Refusal('webhook.unknown', 'There is no webhook at this address; copy it again from the trigger.');
}

function proved(proof: Verification): Extract<Verification, { ok: true }> {
  if (proof.ok) return proof;
  throw notVerified(proof);
}

function notVerified({ reason, header, field }: Refused): Refusal {
  return new Refusal(
    'webhook.not-verified',
    `The delivery was refused (${reason}); sign the exact body with the secret of this trigger.`,
    { context: { reason, ...(header === undefined ? {} : { header }), ...(field === undefined ? {} : { field }) } },
  );
}

function parseBody(delivery: Delivery, declared: 'json' | null): Json {
  const contentType = oneHeader(delivery, 'content-type');
  if (declared === 'json' || isMediaType(contentType, 'application/json')) return parseJsonBody(delivery.rawBody);
  // Some deliveries only say that something changed, by their headers.
  if (delivery.rawBody.length === 0 && contentType === '') return null;
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
