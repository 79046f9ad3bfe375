/** Providers whose certificate lies at an address that the request names (family I): PayPal and Amazon SNS. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../../server/webhook-crypto.js';
import { crc32 } from '../bytes.js';
import { admitWebhook, answerHandshake, verifyWebhook } from '../index.js';
import type { RefusalReason, Verification, WebhookCrypto, WebhookProviderId } from '../index.js';

const NOW = 1_767_225_600_000;
const TIME = new Date(NOW).toISOString();
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = publicKey.export({ format: 'pem', type: 'spki' }).toString();
/** Stands for a certificate of the key pair above. */
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nthe provider’s\n-----END CERTIFICATE-----';
const crypto: WebhookCrypto = {
  ...webhookCrypto,
  verify: (algorithm, key, data, signature) => {
    if (key.kind !== 'pem' || key.text !== CERTIFICATE) return 'unusable';
    return webhookCrypto.verify?.(algorithm, { kind: 'pem', text: PEM }, data, signature) ?? 'unusable';
  },
};
const signed = (text: string, algorithm = 'sha256', key = privateKey) =>
  sign(algorithm, Buffer.from(text), key).toString('base64');
const bytes = (text: string) => new TextEncoder().encode(text);

const WEBHOOK_ID = '1JE4291016473214C';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:orders';
const CERT_URL = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem';

interface Case {
  headers: Record<string, string | string[] | undefined>;
  body: string;
  secret: string;
  nowMs: number;
  certificate: string | null;
}
type Damage = [what: string, damage: (c: Case) => void, reason: RefusalReason];

function paypal(): Case {
  const body = '{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED"}';
  return {
    headers: {
      'paypal-transmission-id': 'tr-1',
      'paypal-transmission-time': TIME,
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-1',
      'paypal-transmission-sig': signed(`tr-1|${TIME}|${WEBHOOK_ID}|${crc32(bytes(body))}`),
    },
    body,
    secret: WEBHOOK_ID,
    nowMs: NOW,
    certificate: CERTIFICATE,
  };
}

type Message = Record<string, string>;
const FIELDS = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
function sns(message: Message = {}, version: '1' | '2' = '2'): Case {
  const whole: Message = {
    Type: 'Notification',
    MessageId: 'm-1',
    TopicArn: TOPIC,
    Message: '{"order": 1}',
    Timestamp: TIME,
    SignatureVersion: version,
    SigningCertURL: CERT_URL,
    ...message,
  };
  const text = FIELDS.flatMap((name) => (whole[name] === undefined ? [] : [`${name}\n${whole[name]}\n`])).join('');
  const Signature = signed(text, version === '1' ? 'sha1' : 'sha256');
  return {
    headers: {},
    body: JSON.stringify({ ...whole, Signature }),
    secret: TOPIC,
    nowMs: NOW,
    certificate: CERTIFICATE,
  };
}
const CONFIRMATION: Message = {
  Type: 'SubscriptionConfirmation',
  SubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t',
  Token: 't',
};
const edit = (c: Case, change: (message: Message) => void) => {
  const message = JSON.parse(c.body) as Message;
  change(message);
  c.body = JSON.stringify(message);
};

async function admit(id: WebhookProviderId, c: Case): Promise<[Verification, string[]]> {
  const fetched: string[] = [];
  const answer = await admitWebhook(
    id,
    c.secret === 'none at all' ? [] : [{ keyId: 'k1', secret: c.secret }],
    { headers: c.headers, rawBody: bytes(c.body) },
    c.nowMs,
    crypto,
    (url) => {
      fetched.push(url);
      return Promise.resolve(c.certificate === null ? null : bytes(c.certificate));
    },
  );
  return [answer, fetched];
}
const reasonOf = (answer: Verification) => (answer.ok ? 'admitted' : answer.reason);

/** Every way to name another host that a careless check would take for the provider's. */
const foreign = (good: string, host: string): [string, string][] => [
  ['another host', good.replace(host, 'evil.example.com')],
  ['the host as a prefix', good.replace(host, `${host}.evil.com`)],
  ['the host as a suffix', good.replace(host, `evil${host}`)],
  ['the host as a user', good.replace(host, `${host}@evil.com`)],
  ['the host with a password', good.replace(host, `x:y@${host}`)],
  ['the host in the path', `https://evil.com/${host}/${good}`],
  ['the host behind a backslash', good.replace(host, `evil.com\\@${host}`)],
  ['the host behind a fragment', good.replace(host, `evil.com#${host}`)],
  ['a port', good.replace(host, `${host}:8443`)],
  ['no TLS', good.replace('https:', 'http:')],
  ['another protocol', good.replace('https:', 'file:')],
  ['the host with a dot at its end', good.replace(host, `${host}.`)],
  ['an address', good.replace(host, '169.254.169.254')],
  ['letters that look like the host', good.replace('a', 'а')],
  ['white space', ` ${good}`],
  ['a line break', good.replace('https', 'ht\ntps')],
  ['another path', good.replace(/\.com(\.cn)?\/.*/, '.com/other')],
  ['a path that climbs', good.replace(/\.com\/.*/, '.com/SimpleNotificationService-/../../x.pem')],
  ['no address at all', 'certificate'],
];

describe('paypal', () => {
  it('admits its delivery by the certificate at its own host', async () => {
    const [answer, fetched] = await admit('paypal', paypal());
    expect(answer).toMatchObject({
      ok: true,
      dedupId: 'WH-1',
      type: 'PAYMENT.CAPTURE.COMPLETED',
      receipt: { keyId: 'k1' },
    });
    expect(fetched).toEqual(['https://api.paypal.com/v1/notifications/certs/CERT-1']);
  });

  const header =
    (name: string, value: string | string[] | undefined) =>
    (c: Case): void => {
      c.headers[`paypal-${name}`] = value;
    };
  it.each<Damage>([
    ['no signature', header('transmission-sig', undefined), 'header.missing'],
    ['an empty signature', header('transmission-sig', ''), 'header.empty'],
    ['two signatures', header('transmission-sig', ['a', 'b']), 'header.duplicate'],
    ['a signature that is none', header('transmission-sig', '***'), 'signature.malformed'],
    ['a signature of nothing', header('transmission-sig', signed('x')), 'signature.mismatch'],
    ['another algorithm', header('auth-algo', 'SHA1withRSA'), 'signature.version'],
    ['an algorithm that every object has', header('auth-algo', 'constructor'), 'signature.version'],
    ['no algorithm', header('auth-algo', undefined), 'header.missing'],
    ['another transmission', header('transmission-id', 'tr-2'), 'signature.mismatch'],
    ['a transmission with the separator in it', header('transmission-id', `tr-1|${TIME}`), 'content.ambiguous'],
    ['no transmission', header('transmission-id', undefined), 'header.missing'],
    ['no time', header('transmission-time', undefined), 'header.missing'],
    ['a time of another form', header('transmission-time', '2026-01-01 00:00:00'), 'timestamp.malformed'],
    ['a day that is none', header('transmission-time', '2026-02-30T00:00:00Z'), 'timestamp.malformed'],
    ['the same time written otherwise', header('transmission-time', TIME.replace('.000', '')), 'signature.mismatch'],
    ['a time a moment too old (A076)', (c) => (c.nowMs += 259_200_001), 'timestamp.too-old'],
    ['a time a moment too new (A077)', (c) => (c.nowMs -= 259_200_001), 'timestamp.too-new'],
    ['another body', (c) => (c.body += ' '), 'signature.mismatch'],
    ['a body that is no JSON', (c) => (c.body = 'x'), 'body.not-json'],
    ['another webhook', (c) => (c.secret = 'other'), 'signature.mismatch'],
    ['no webhook id', (c) => (c.secret = 'none at all'), 'secret.missing'],
    ['an empty webhook id', (c) => (c.secret = ' '), 'secret.empty'],
    ['no certificate to be had', (c) => (c.certificate = null), 'key.unavailable'],
    ['a certificate that is none', (c) => (c.certificate = '<html>'), 'key.malformed'],
    ['a certificate of another kind', (c) => (c.certificate = `${CERTIFICATE} `), 'key.malformed'],
    ['no address of a certificate', header('cert-url', undefined), 'header.missing'],
  ])('refuses %s', async (_what, damage, reason) => {
    const c = paypal();
    damage(c);
    const [answer] = await admit('paypal', c);
    expect(reasonOf(answer)).toBe(reason);
  });

  it('refuses the signature of a stranger, whose certificate would fit', async () => {
    const c = paypal();
    header(
      'transmission-sig',
      signed(`tr-1|${TIME}|${WEBHOOK_ID}|${crc32(bytes(c.body))}`, 'sha256', stranger.privateKey),
    )(c);
    expect(reasonOf((await admit('paypal', c))[0])).toBe('signature.mismatch');
  });

  it.each(foreign('https://api.paypal.com/v1/notifications/certs/CERT-1', 'api.paypal.com'))(
    'fetches no certificate from %s (A059)',
    async (_what, url) => {
      const c = paypal();
      header('cert-url', url)(c);
      const [answer, fetched] = await admit('paypal', c);
      expect([reasonOf(answer), fetched]).toEqual(['key.host', []]);
    },
  );
});

describe('aws-sns', () => {
  it.each(['1', '2'] as const)('admits its delivery of signature version %s', async (version) => {
    const [answer, fetched] = await admit('aws-sns', sns({ Subject: 'Orders' }, version));
    expect(answer).toMatchObject({ ok: true, dedupId: 'm-1', receipt: { keyId: 'k1', bodySigned: false } });
    expect(fetched).toEqual([CERT_URL]);
  });

  const json =
    (name: string, value: string | null) =>
    (c: Case): void => {
      edit(c, (message) => {
        if (value === null) Reflect.deleteProperty(message, name);
        else message[name] = value;
      });
    };
  it.each<Damage>([
    ['no signature', json('Signature', null), 'field.missing'],
    ['an empty signature', json('Signature', ''), 'field.empty'],
    ['a signature that is none', json('Signature', '!'), 'signature.malformed'],
    ['another message', json('Message', '{"order": 2}'), 'signature.mismatch'],
    ['no message', json('Message', null), 'field.missing'],
    ['a subject that was not signed', json('Subject', 'x'), 'signature.mismatch'],
    ['another id', json('MessageId', 'm-2'), 'signature.mismatch'],
    ['an id of two lines', json('MessageId', 'm\n2'), 'id.malformed'],
    ['no id', json('MessageId', null), 'field.missing'],
    ['another time', json('Timestamp', TIME.replace('.000', '.001')), 'signature.mismatch'],
    ['a time in words', json('Timestamp', 'now'), 'timestamp.malformed'],
    ['no time', json('Timestamp', null), 'field.missing'],
    ['the topic of a stranger', json('TopicArn', `${TOPIC}2`), 'audience.mismatch'],
    ['no topic', json('TopicArn', null), 'field.missing'],
    ['another type', json('Type', 'Other'), 'content.unknown'],
    ['no type', json('Type', null), 'content.unknown'],
    ['the other signature version', json('SignatureVersion', '1'), 'signature.mismatch'],
    ['an unknown signature version', json('SignatureVersion', '3'), 'signature.version'],
    ['no signature version', json('SignatureVersion', null), 'field.missing'],
    ['no certificate', json('SigningCertURL', null), 'field.missing'],
    ['a time a moment too old (A076)', (c) => (c.nowMs += 7_200_001), 'timestamp.too-old'],
    ['a time a moment too new (A077)', (c) => (c.nowMs -= 7_200_001), 'timestamp.too-new'],
    ['no topic configured (A073)', (c) => (c.secret = 'none at all'), 'secret.missing'],
    ['an empty topic configured', (c) => (c.secret = ''), 'secret.empty'],
    ['a body that is no JSON', (c) => (c.body = 'Notification'), 'body.not-json'],
    ['a body that is a list', (c) => (c.body = `[${c.body}]`), 'field.missing'],
    ['no certificate to be had', (c) => (c.certificate = null), 'key.unavailable'],
    ['a certificate that is none', (c) => (c.certificate = PEM), 'key.malformed'],
  ])('refuses %s', async (_what, damage, reason) => {
    const c = sns();
    damage(c);
    expect(reasonOf((await admit('aws-sns', c))[0])).toBe(reason);
  });

  it.each(foreign(CERT_URL, 'sns.eu-central-1.amazonaws.com'))(
    'fetches no certificate from %s (A059)',
    async (_what, url) => {
      const c = sns({ SigningCertURL: url });
      expect((await admit('aws-sns', c)).map((each) => (Array.isArray(each) ? each : reasonOf(each)))).toEqual([
        'key.host',
        [],
      ]);
    },
  );

  describe('confirming a subscription', () => {
    const answer = (c: Case) =>
      answerHandshake(
        'aws-sns',
        [{ keyId: 'k1', secret: c.secret }],
        { headers: {}, rawBody: bytes(c.body) },
        NOW,
        crypto,
        new Map([[CERT_URL, bytes(CERTIFICATE)]]),
      );

    it('names the address to ask, once the signature fits', () => {
      expect(answer(sns(CONFIRMATION))).toMatchObject({
        kind: 'confirm',
        url: CONFIRMATION['SubscribeURL'],
        hosts: ['sns.*.amazonaws.com', 'sns.*.amazonaws.com.cn'],
      });
    });

    it('asks nobody for a forged one, a stranger’s topic, or an address elsewhere (A059)', () => {
      const forged = sns(CONFIRMATION);
      json('Token', 'u')(forged);
      expect(answer(forged)).toMatchObject({ ok: false, reason: 'signature.mismatch' });
      expect(answer(sns({ ...CONFIRMATION, TopicArn: `${TOPIC}2` }))).toMatchObject({ reason: 'audience.mismatch' });
      expect(answer(sns({ ...CONFIRMATION, SubscribeURL: 'https://169.254.169.254/' }))).toMatchObject({
        ok: false,
        reason: 'key.host',
      });
    });
  });

  it('wants its certificate only for a request that is sound otherwise', () => {
    const c = sns();
    json('TopicArn', `${TOPIC}2`)(c);
    expect(
      verifyWebhook('aws-sns', [{ keyId: 'k', secret: TOPIC }], { headers: {}, rawBody: bytes(c.body) }, NOW, crypto),
    ).toEqual({
      ok: false,
      reason: 'audience.mismatch',
      field: 'json:TopicArn',
    });
  });
});
