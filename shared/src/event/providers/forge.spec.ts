/**
 * Forged and damaged deliveries, for every provider whose signature stands in a header: one table of damages, each with the
 * reason that it is refused for. A provider may give another reason where its proof meets the damage elsewhere.
 */
import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../../server/webhook-crypto.js';
import { verifyWebhook } from '../index.js';
import type { RefusalReason, WebhookProviderId, WebhookSecret } from '../index.js';

const NOW = 1_767_225_600_000;
const SECONDS = String(NOW / 1000);

interface Forgery {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  secrets: WebhookSecret[];
  nowMs: number;
}

type Sign = (content: string) => string;

interface Bench {
  readonly id: WebhookProviderId;
  readonly secret: string;
  /** A secret of the same form that signed nothing. */
  readonly other: string;
  readonly body: string;
  /** Name of the header with the signature, and what stands before the signature itself. */
  readonly header: string;
  readonly lead: string;
  readonly encoding: 'hex' | 'base64';
  /** Where the time stands: a header, or before the signature in the same one. */
  readonly time?: { readonly header: string; readonly text: string } | 'field';
  readonly signedId?: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly url?: string;
  /** What is signed of this request, as the provider's documentation has it. */
  content(request: Forgery): string;
  readonly sign: Sign;
  readonly signOther: Sign;
  /** Public keys sign with no empty key, and a signature's length says little. */
  readonly publicKey?: boolean;
  readonly reasons?: Readonly<Record<string, RefusalReason>>;
}

const hmac =
  (algorithm: string, key: string | Buffer, encoding: 'hex' | 'base64'): Sign =>
  (content) =>
    createHmac(algorithm, key).update(content).digest(encoding);
const byKey =
  (key: KeyObject, algorithm: string | null, encoding: 'hex' | 'base64'): Sign =>
  (content) =>
    sign(algorithm, Buffer.from(content), key).toString(encoding);

const SECRET = 'It is a secret of some length';
const OTHER = 'It is a secret of other length';
const keyed = (encoding: 'hex' | 'base64', algorithm = 'sha256') => ({
  secret: SECRET,
  other: OTHER,
  encoding,
  sign: hmac(algorithm, SECRET, encoding),
  signOther: hmac(algorithm, OTHER, encoding),
});
const whsec = (text: string) => `whsec_${Buffer.from(text).toString('base64')}`;
const standard = (prefix: 'svix' | 'webhook', id: WebhookProviderId): Bench => ({
  id,
  secret: whsec(SECRET),
  other: whsec(OTHER),
  body: '{"type": "order.paid"}',
  header: `${prefix}-signature`,
  lead: 'v1,',
  encoding: 'base64',
  time: { header: `${prefix}-timestamp`, text: SECONDS },
  signedId: `${prefix}-id`,
  content: (f) => `${String(f.headers[`${prefix}-id`])}.${String(f.headers[`${prefix}-timestamp`])}.${f.body}`,
  sign: hmac('sha256', SECRET, 'base64'),
  signOther: hmac('sha256', OTHER, 'base64'),
  reasons: { 'the secret in another case': 'secret.malformed' },
});

const bodyOnly = (f: Forgery) => f.body;
const discordKeys = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')] as const;
const raw = (key: KeyObject) => Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url');
const ecKeys = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
const [ec, otherEc] = ecKeys as [(typeof ecKeys)[0], (typeof ecKeys)[0]];
const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');
const rsaKeys = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
];
const [rsa, otherRsa] = rsaKeys as [(typeof rsaKeys)[0], (typeof rsaKeys)[0]];
const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString();

const BENCHES: readonly Bench[] = [
  standard('webhook', 'openai'),
  standard('svix', 'svix'),
  standard('svix', 'clerk'),
  {
    ...keyed('hex'),
    id: 'github',
    body: '{"action": "opened"}',
    header: 'x-hub-signature-256',
    lead: 'sha256=',
    more: { 'x-github-delivery': 'd-1', 'x-github-event': 'issues' },
    content: bodyOnly,
  },
  {
    ...keyed('hex'),
    id: 'stripe',
    body: '{"id": "evt_1", "type": "charge.succeeded"}',
    header: 'stripe-signature',
    lead: `t=${SECONDS},v1=`,
    time: 'field',
    content: (f) => `${SECONDS}.${f.body}`,
    reasons: { 'an empty body': 'body.not-json' },
  },
  {
    ...keyed('hex'),
    id: 'slack',
    body: '{"event_id": "Ev1", "event": {"type": "message"}}',
    header: 'x-slack-signature',
    lead: 'v0=',
    time: { header: 'x-slack-request-timestamp', text: SECONDS },
    content: (f) => `v0:${String(f.headers['x-slack-request-timestamp'])}:${f.body}`,
  },
  {
    ...keyed('base64'),
    id: 'shopify',
    body: '{"id": 820982911946154508}',
    header: 'x-shopify-hmac-sha256',
    lead: '',
    more: { 'x-shopify-webhook-id': 'w-1', 'x-shopify-topic': 'orders/create' },
    content: bodyOnly,
  },
  {
    ...keyed('base64', 'sha1'),
    id: 'twilio',
    body: 'MessageSid=SM1&MessageStatus=delivered&To=%2B15551234',
    header: 'x-twilio-signature',
    lead: '',
    url: 'https://example.com/hooks/abc?x=1',
    more: { 'content-type': 'application/x-www-form-urlencoded' },
    content: (f) => `${f.url}MessageSidSM1MessageStatusdeliveredTo+15551234`,
  },
  {
    ...keyed('base64'),
    id: 'hubspot',
    body: '[{"eventId": 1, "subscriptionType": "contact.creation"}]',
    header: 'x-hubspot-signature-v3',
    lead: '',
    url: 'https://example.com/hooks/abc?a=b',
    time: { header: 'x-hubspot-request-timestamp', text: String(NOW) },
    content: (f) => `${f.method}${f.url}${f.body}${String(f.headers['x-hubspot-request-timestamp'])}`,
  },
  {
    ...keyed('hex'),
    id: 'linear',
    body: `{"type": "Issue", "webhookTimestamp": ${NOW}}`,
    header: 'linear-signature',
    lead: '',
    more: { 'linear-delivery': 'l-1' },
    content: bodyOnly,
    reasons: { 'an empty body': 'body.not-json' },
  },
  {
    id: 'discord',
    secret: raw(discordKeys[0].publicKey).toString('hex'),
    other: raw(discordKeys[1].publicKey).toString('hex'),
    body: '{"id": "1", "type": 2}',
    header: 'x-signature-ed25519',
    lead: '',
    encoding: 'hex',
    publicKey: true,
    time: { header: 'x-signature-timestamp', text: SECONDS },
    content: (f) => `${String(f.headers['x-signature-timestamp'])}${f.body}`,
    sign: byKey(discordKeys[0].privateKey, null, 'hex'),
    signOther: byKey(discordKeys[1].privateKey, null, 'hex'),
  },
  {
    id: 'telnyx',
    secret: raw(discordKeys[0].publicKey).toString('base64'),
    other: raw(discordKeys[1].publicKey).toString('base64'),
    body: '{"data": {"id": "e1", "event_type": "message.sent"}}',
    header: 'telnyx-signature-ed25519',
    lead: '',
    encoding: 'base64',
    publicKey: true,
    time: { header: 'telnyx-timestamp', text: SECONDS },
    content: (f) => `${String(f.headers['telnyx-timestamp'])}|${f.body}`,
    sign: byKey(discordKeys[0].privateKey, null, 'base64'),
    signOther: byKey(discordKeys[1].privateKey, null, 'base64'),
    reasons: { 'an empty body': 'body.not-json' },
  },
  {
    id: 'sendgrid',
    secret: spki(ec.publicKey),
    other: spki(otherEc.publicKey),
    body: '[{"event": "delivered", "sg_event_id": "s1"}]',
    header: 'x-twilio-email-event-webhook-signature',
    lead: '',
    encoding: 'base64',
    publicKey: true,
    time: { header: 'x-twilio-email-event-webhook-timestamp', text: SECONDS },
    content: (f) => `${String(f.headers['x-twilio-email-event-webhook-timestamp'])}${f.body}`,
    sign: byKey(ec.privateKey, 'sha256', 'base64'),
    signOther: byKey(otherEc.privateKey, 'sha256', 'base64'),
    // A signature of this kind has no fixed length: a damaged one is of the right form and of no worth.
    reasons: { 'a truncated signature (A068)': 'signature.mismatch', zeros: 'signature.mismatch' },
  },
  {
    id: 'wise',
    secret: pem(rsa.publicKey),
    other: pem(otherRsa.publicKey),
    body: '{"event_type": "transfers#state-change"}',
    header: 'x-signature-sha256',
    lead: '',
    encoding: 'base64',
    publicKey: true,
    content: bodyOnly,
    sign: byKey(rsa.privateKey, 'sha256', 'base64'),
    signOther: byKey(otherRsa.privateKey, 'sha256', 'base64'),
    reasons: { 'a truncated signature (A068)': 'signature.mismatch' },
  },
  {
    ...keyed('base64'),
    id: 'zendesk',
    body: '{"type": "zen:event-type:ticket.created"}',
    header: 'x-zendesk-webhook-signature',
    lead: '',
    time: { header: 'x-zendesk-webhook-signature-timestamp', text: new Date(NOW).toISOString() },
    content: (f) => `${String(f.headers['x-zendesk-webhook-signature-timestamp'])}${f.body}`,
  },
  {
    ...keyed('base64'),
    id: 'typeform',
    body: '{"event_id": "t1", "event_type": "form_response"}',
    header: 'typeform-signature',
    lead: 'sha256=',
    content: bodyOnly,
    reasons: { 'an empty body': 'body.not-json' },
  },
  {
    ...keyed('hex'),
    id: 'zoom',
    body: '{"event": "meeting.started", "payload": {}}',
    header: 'x-zm-signature',
    lead: 'v0=',
    time: { header: 'x-zm-request-timestamp', text: SECONDS },
    content: (f) => `v0:${String(f.headers['x-zm-request-timestamp'])}:${f.body}`,
  },
  {
    ...keyed('hex'),
    id: 'paddle',
    body: '{"event_id": "evt_1", "event_type": "transaction.paid"}',
    header: 'paddle-signature',
    lead: `ts=${SECONDS};h1=`,
    time: 'field',
    content: (f) => `${SECONDS}:${f.body}`,
  },
  {
    ...keyed('hex'),
    id: 'calendly',
    body: '{"event": "invitee.created"}',
    header: 'calendly-webhook-signature',
    lead: `t=${SECONDS},v1=`,
    time: 'field',
    content: (f) => `${SECONDS}.${f.body}`,
  },
  {
    ...keyed('hex', 'sha1'),
    id: 'intercom',
    body: '{"id": "notif_1", "topic": "user.created"}',
    header: 'x-hub-signature',
    lead: 'sha1=',
    content: bodyOnly,
  },
  {
    ...keyed('base64'),
    id: 'square',
    body: '{"event_id": "e1", "type": "payment.created"}',
    header: 'x-square-hmacsha256-signature',
    lead: '',
    url: 'https://example.com/hooks/abc',
    content: (f) => f.url + f.body,
    reasons: { 'an empty body': 'body.not-json' },
  },
  {
    ...keyed('base64'),
    id: 'docusign',
    body: '{"event": "envelope-completed"}',
    header: 'x-docusign-signature-2',
    lead: '',
    content: bodyOnly,
  },
  {
    ...keyed('hex'),
    id: 'contentful',
    body: '{"sys": {}}',
    header: 'x-contentful-signature',
    lead: '',
    url: 'https://example.com/hooks/abc?a=b',
    time: { header: 'x-contentful-timestamp', text: String(NOW) },
    more: { 'x-contentful-signed-headers': 'x-contentful-signed-headers,x-contentful-timestamp' },
    content: (f) =>
      [
        f.method,
        f.url.replace('https://example.com', ''),
        `x-contentful-signed-headers:${String(f.headers['x-contentful-signed-headers'])};x-contentful-timestamp:${String(f.headers['x-contentful-timestamp'])}`,
        f.body,
      ].join('\n'),
  },
];

type Damage = readonly [what: string, damage: (forgery: Forgery, bench: Bench) => void, reason: RefusalReason];

const signatureIn = (f: Forgery, { header, lead }: Bench) => String(f.headers[header]).slice(lead.length);
const put = (f: Forgery, { header, lead }: Bench, signature: string) => (f.headers[header] = lead + signature);
const one = (secret: string): WebhookSecret[] => [{ keyId: 'k1', secret }];
const swapped = (text: string, at: number) => {
  const was = text.charAt(at);
  return text.slice(0, at) + (was === '0' ? '1' : '0') + text.slice(at + 1);
};

const ANY: readonly Damage[] = [
  ['no signature (A061)', (f, b) => (f.headers[b.header] = undefined), 'header.missing'],
  ['an empty signature (A062)', (f, b) => (f.headers[b.header] = ''), 'header.empty'],
  ['a blank signature', (f, b) => (f.headers[b.header] = ' \t'), 'header.empty'],
  [
    'two signature headers (A070)',
    (f, b) => (f.headers[b.header] = [String(f.headers[b.header]), String(f.headers[b.header])]),
    'header.duplicate',
  ],
  [
    'two signature headers by case',
    (f, b) => (f.headers[b.header.toUpperCase()] = String(f.headers[b.header])),
    'header.duplicate',
  ],
  ['no secret configured (A073)', (f) => (f.secrets = []), 'secret.missing'],
  [
    'only a secret for handshakes',
    (f, b) => (f.secrets = [{ keyId: 'k', secret: b.secret, use: 'handshake' }]),
    'secret.missing',
  ],
  ['an empty secret', (f) => (f.secrets = one('')), 'secret.empty'],
  ['a blank secret', (f) => (f.secrets = one(' \n')), 'secret.empty'],
  ['an empty secret beside the good one', (f, b) => (f.secrets = [...one(b.secret), ...one('')]), 'secret.empty'],
  ['another secret', (f, b) => (f.secrets = one(b.other)), 'signature.mismatch'],
  ['a signature by another key', (f, b) => put(f, b, b.signOther(b.content(f))), 'signature.mismatch'],
  ['one byte changed (A064)', (f) => (f.body = swapped(f.body, f.body.length - 5)), 'signature.mismatch'],
  [
    'the same JSON written anew (A065)',
    (f) => (f.body = f.body.replace(': ', ':').replace('To=', 'To=+')),
    'signature.mismatch',
  ],
  ['an empty body', (f) => (f.body = ''), 'signature.mismatch'],
  ['a byte more', (f) => (f.body += f.body.startsWith('M') ? '1' : '\n'), 'signature.mismatch'],
  ['the signature of another body', (f, b) => put(f, b, b.sign(`${b.content(f)} `)), 'signature.mismatch'],
  ['one symbol of the signature changed', (f, b) => put(f, b, swapped(signatureIn(f, b), 9)), 'signature.mismatch'],
  ['a truncated signature (A068)', (f, b) => put(f, b, signatureIn(f, b).slice(0, 20)), 'signature.malformed'],
  ['text behind the signature', (f, b) => put(f, b, `${signatureIn(f, b)}!`), 'signature.malformed'],
  ['letters of no alphabet', (f, b) => put(f, b, signatureIn(f, b).replace(/^./, 'é')), 'signature.malformed'],
  ['a line break behind the signature', (f, b) => put(f, b, `${signatureIn(f, b)}\u0085`), 'signature.malformed'],
  [
    'only what stands before the signature',
    (f, b) => (f.headers[b.header] = b.lead === '' ? '-' : b.lead),
    'signature.malformed',
  ],
  ['two signatures joined', (f, b) => put(f, b, `${signatureIn(f, b)}+${signatureIn(f, b)}-`), 'signature.malformed'],
  ['ten thousand symbols', (f, b) => put(f, b, 'a'.repeat(10_000)), 'signature.too-many'],
  ['an array of nothing', (f, b) => (f.headers[b.header] = []), 'header.missing'],
];

const KEYED: readonly Damage[] = [
  [
    'a signature by the empty key, and none configured (A074)',
    (f, b) => {
      f.secrets = one('');
      put(
        f,
        b,
        createHmac(b.id === 'twilio' ? 'sha1' : 'sha256', '')
          .update(b.content(f))
          .digest(b.encoding),
      );
    },
    'secret.empty',
  ],
  [
    'the plain hash of the body',
    (f, b) =>
      put(
        f,
        b,
        createHash(SHA[b.id] ?? 'sha256')
          .update(f.body)
          .digest(b.encoding),
      ),
    'signature.mismatch',
  ],
  [
    'another algorithm',
    (f, b) => put(f, b, createHmac('sha512', SECRET).update(b.content(f)).digest(b.encoding)),
    'signature.malformed',
  ],
  [
    'another encoding',
    (f, b) => put(f, b, Buffer.from(signatureIn(f, b), b.encoding).toString(b.encoding === 'hex' ? 'base64' : 'hex')),
    'signature.malformed',
  ],
  [
    'the secret in another case',
    (f) => (f.secrets = one(f.secrets[0]?.secret.toUpperCase() ?? '')),
    'signature.mismatch',
  ],
  [
    'zeros',
    (f, b) => put(f, b, Buffer.alloc(SHA[b.id] === 'sha1' ? 20 : 32).toString(b.encoding)),
    'signature.mismatch',
  ],
];
const SHA: Partial<Record<WebhookProviderId, string>> = { twilio: 'sha1', intercom: 'sha1' };

const HEX: readonly Damage[] = [
  ['upper-case hex (A067)', (f, b) => put(f, b, signatureIn(f, b).toUpperCase()), 'signature.malformed'],
];
const LED: readonly Damage[] = [
  ['no prefix', (f, b) => (f.headers[b.header] = signatureIn(f, b)), 'signature.version'],
  [
    'the prefix in another case',
    (f, b) => (f.headers[b.header] = String(f.headers[b.header]).replace(b.lead, b.lead.toUpperCase())),
    'signature.version',
  ],
  [
    'another version only (A071)',
    (f, b) => (f.headers[b.header] = String(f.headers[b.header]).replace(b.lead, 'v9=')),
    'signature.version',
  ],
];

const text = (f: Forgery, name: string) => String(f.headers[name]);
const timed = (header: string): readonly Damage[] => [
  ['no time', (f) => (f.headers[header] = undefined), 'header.missing'],
  ['an empty time', (f) => (f.headers[header] = ''), 'header.empty'],
  ['two times', (f) => (f.headers[header] = [text(f, header), text(f, header)]), 'header.duplicate'],
  ['junk behind the time', (f) => (f.headers[header] = `${text(f, header)}junk`), 'timestamp.malformed'],
  ['a fraction of the time', (f) => (f.headers[header] = `${text(f, header)}.9`), 'timestamp.malformed'],
  ['white space before the time', (f) => (f.headers[header] = ` ${text(f, header)}`), 'timestamp.malformed'],
  ['a sign before the time', (f) => (f.headers[header] = `+${text(f, header)}`), 'timestamp.malformed'],
  ['a zero before the time', (f) => (f.headers[header] = `0${text(f, header)}`), 'timestamp.malformed'],
  ['digits of another script', (f) => (f.headers[header] = '١٧٦٧٢٢٥٦٠٠'), 'timestamp.malformed'],
  ['hexadecimal digits', (f) => (f.headers[header] = '0x6955b900'), 'timestamp.malformed'],
  ['a time beyond all clocks', (f) => (f.headers[header] = '9'.repeat(40)), 'timestamp.malformed'],
];
const timeless: readonly Damage[] = [
  ['a time a moment too old (A076)', (f) => (f.nowMs = NOW + 300_001), 'timestamp.too-old'],
  ['a time a moment too new (A077)', (f) => (f.nowMs = NOW - 300_001), 'timestamp.too-new'],
];
const inFields: readonly Damage[] = [
  [
    'no time',
    (f, b) => (f.headers[b.header] = text(f, b.header).replace(/^t[a-z]?=\d+[,;]/, '')),
    'timestamp.malformed',
  ],
  [
    'two times',
    (f, b) => (f.headers[b.header] = text(f, b.header).replace(/^(t[a-z]?=\d+[,;])/, '$1$1')),
    'timestamp.malformed',
  ],
  [
    'junk behind the time',
    (f, b) => (f.headers[b.header] = text(f, b.header).replace(SECONDS, `${SECONDS}junk`)),
    'timestamp.malformed',
  ],
  [
    'a fraction of the time',
    (f, b) => (f.headers[b.header] = text(f, b.header).replace(SECONDS, `${SECONDS}.9`)),
    'timestamp.malformed',
  ],
  [
    'another time inside the tolerance',
    (f, b) => (f.headers[b.header] = text(f, b.header).replace(SECONDS, String(NOW / 1000 + 1))),
    'signature.mismatch',
  ],
  [
    'a field that is none',
    (f, b) => (f.headers[b.header] = `${text(f, b.header)}${text(f, b.header).includes(';') ? ';' : ','}x`),
    'signature.malformed',
  ],
];
const identified = (header: string): readonly Damage[] => [
  ['no id', (f) => (f.headers[header] = undefined), 'header.missing'],
  ['another id (A080)', (f) => (f.headers[header] = 'msg_other'), 'signature.mismatch'],
  ['an id with the separator in it', (f) => (f.headers[header] = `msg.${SECONDS}`), 'id.malformed'],
  ['an id of two lines', (f) => (f.headers[header] = 'msg\r\n1'), 'id.malformed'],
  ['two ids', (f) => (f.headers[header] = ['a', 'b']), 'header.duplicate'],
];
const listed: readonly Damage[] = [
  [
    'a list of wrong ones',
    (f, b) => (f.headers[b.header] = [1, 2, 3].map((n) => `v1,${swapped(signatureIn(f, b), n)}`).join(' ')),
    'signature.mismatch',
  ],
  [
    'a list of other versions',
    (f, b) => (f.headers[b.header] = `v1a,${signatureIn(f, b)} v2,${signatureIn(f, b)}`),
    'signature.version',
  ],
  [
    'a hundred signatures',
    (f, b) => (f.headers[b.header] = Array(100).fill(text(f, b.header)).join(' ')),
    'signature.too-many',
  ],
];
const addressed: readonly Damage[] = [
  ['another address', (f) => (f.url = f.url.replace('abc', 'abd')), 'signature.mismatch'],
  ['a parameter more', (f) => (f.url += f.url.includes('?') ? '&z=1' : '?z=1'), 'signature.mismatch'],
  ['no address', (f) => (f.url = ''), 'url.missing'],
];

function damagesFor(bench: Bench): readonly Damage[] {
  const fields = bench.time === 'field';
  return [
    ...ANY,
    ...(bench.publicKey ? [] : KEYED),
    ...(bench.encoding === 'hex' ? HEX : []),
    ...(bench.lead !== '' && !fields && !bench.signedId ? LED : []),
    ...(bench.time === undefined ? [] : bench.id === 'calendly' ? [] : timeless),
    ...(fields ? inFields : bench.time === undefined ? [] : timed(bench.time.header)),
    ...(bench.signedId === undefined ? [] : [...identified(bench.signedId), ...listed]),
    ...(bench.url === undefined ? [] : addressed),
  ];
}

function genuine(bench: Bench): Forgery {
  const forgery: Forgery = {
    method: 'POST',
    url: bench.url ?? 'https://example.com/hooks/abc',
    headers: { ...bench.more },
    body: bench.body,
    secrets: one(bench.secret),
    nowMs: NOW,
  };
  if (typeof bench.time === 'object') forgery.headers[bench.time.header] = bench.time.text;
  if (bench.signedId !== undefined) forgery.headers[bench.signedId] = 'msg_1';
  forgery.headers[bench.header] = bench.lead + bench.sign(bench.content(forgery));
  return forgery;
}

function outcome(id: string, { secrets, nowMs, body, ...request }: Forgery): string {
  const rawBody = new TextEncoder().encode(body);
  const answer = verifyWebhook(id, secrets, { ...request, rawBody }, nowMs, webhookCrypto);
  return answer.ok ? 'admitted' : answer.reason;
}

describe.each(BENCHES.map((bench) => ({ bench, id: bench.id })))('$id', ({ bench }) => {
  const damages = damagesFor(bench);

  it('admits its genuine delivery, and one signed by the older of two keys', () => {
    expect(outcome(bench.id, genuine(bench))).toBe('admitted');
    const rotating = genuine(bench);
    rotating.secrets = [{ keyId: 'new', secret: bench.other }, ...rotating.secrets];
    expect(outcome(bench.id, rotating)).toBe('admitted');
  });

  it.each(damages.map(([what, damage, reason]) => ({ what, damage, reason: bench.reasons?.[what] ?? reason })))(
    'refuses $what',
    ({ damage, reason }) => {
      const forgery = genuine(bench);
      damage(forgery, bench);
      expect(outcome(bench.id, forgery)).toBe(reason);
    },
  );

  it('has at least 25 forgeries', () => {
    expect(damages.length).toBeGreaterThanOrEqual(25);
  });
});
