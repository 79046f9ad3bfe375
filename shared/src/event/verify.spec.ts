import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signWebhook, verificationSchemeSchema, verifyWebhook } from './index.js';
import type { RefusalReason, Verification, WebhookCrypto, WebhookRequest, WebhookSecret } from './index.js';

const crypto: WebhookCrypto = {
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  equal: (a, b) => timingSafeEqual(a, b),
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const one = (secret: string): WebhookSecret[] => [{ keyId: 'k1', secret }];
const outcome = (verification: Verification): string => (verification.ok ? 'admitted' : verification.reason);

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const NOW = 1_614_265_330_000;
const BODY = '{"test": 2432232314}';

type Headers = Record<string, string | string[] | undefined>;
interface Forgery {
  headers: Headers;
  body: string;
  secrets: WebhookSecret[];
  nowMs: number;
}
type Damage = (forgery: Forgery) => void;

const swap = (text: string, at: number): string =>
  text.slice(0, at) + (text.charAt(at) === 'A' ? 'B' : 'A') + text.slice(at + 1);

describe('standard-webhooks', () => {
  const GOOD = 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  const genuine = (): Forgery => ({
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': `v1,${GOOD}`,
    },
    body: BODY,
    secrets: one(SECRET),
    nowMs: NOW,
  });
  const check = (forgery: Forgery): Verification =>
    verifyWebhook(
      'standard-webhooks',
      forgery.secrets,
      { headers: forgery.headers, rawBody: bytes(forgery.body) },
      forgery.nowMs,
      crypto,
    );
  const signedWith = (key: Uint8Array, content: string): string =>
    `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  const header =
    (name: string, value: string | string[] | undefined): Damage =>
    (f) => {
      f.headers[name] = value;
    };

  it.each<[string, Damage, RefusalReason]>([
    ['no signature header (A061)', header('webhook-signature', undefined), 'header.missing'],
    ['no id', header('webhook-id', undefined), 'header.missing'],
    ['no timestamp', header('webhook-timestamp', undefined), 'header.missing'],
    ['an empty signature (A062)', header('webhook-signature', ''), 'header.empty'],
    ['a blank signature', header('webhook-signature', '  '), 'header.empty'],
    ['an empty id', header('webhook-id', ''), 'header.empty'],
    ['an empty timestamp', header('webhook-timestamp', ''), 'header.empty'],
    ['two signature headers (A070)', header('webhook-signature', [`v1,${GOOD}`, `v1,${GOOD}`]), 'header.duplicate'],
    ['two signature headers by case', header('Webhook-Signature', `v1,${GOOD}`), 'header.duplicate'],
    ['two ids', header('webhook-id', ['a', 'b']), 'header.duplicate'],
    ['one byte changed (A064)', (f) => (f.body = '{"test": 2432232315}'), 'signature.mismatch'],
    ['other white space (A065)', (f) => (f.body = '{"test":2432232314}'), 'signature.mismatch'],
    ['an empty body', (f) => (f.body = ''), 'signature.mismatch'],
    ['one symbol of the signature changed', header('webhook-signature', `v1,${swap(GOOD, 5)}`), 'signature.mismatch'],
    [
      'other spare bits of the last symbol',
      header('webhook-signature', `v1,${GOOD.slice(0, 42)}F=`),
      'signature.mismatch',
    ],
    ['a truncated signature (A068)', header('webhook-signature', `v1,${GOOD.slice(0, 20)}`), 'signature.malformed'],
    ['no padding', header('webhook-signature', `v1,${GOOD.slice(0, -1)}`), 'signature.malformed'],
    ['text behind the signature', header('webhook-signature', `v1,${GOOD}x`), 'signature.malformed'],
    [
      'the URL alphabet',
      header('webhook-signature', `v1,${GOOD.replace('+', '-').replace('/', '_')}`),
      'signature.malformed',
    ],
    ['an empty signature of the right version', header('webhook-signature', 'v1,'), 'signature.malformed'],
    ['a bare signature', header('webhook-signature', GOOD), 'signature.malformed'],
    ['an unknown version only (A071)', header('webhook-signature', `v2,${GOOD}`), 'signature.version'],
    ['the public-key version only', header('webhook-signature', `v1a,${GOOD}`), 'signature.version'],
    [
      'a hundred signatures',
      header('webhook-signature', Array(100).fill(`v1,${GOOD}`).join(' ')),
      'signature.too-many',
    ],
    ['no secret configured (A073)', (f) => (f.secrets = []), 'secret.missing'],
    [
      'an empty secret, signed with the empty key (A074)',
      (f) => {
        f.secrets = one('');
        f.headers['webhook-signature'] = signedWith(
          new Uint8Array(),
          `msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.${BODY}`,
        );
      },
      'secret.empty',
    ],
    ['a secret that is only the prefix', (f) => (f.secrets = one('whsec_')), 'secret.empty'],
    ['a blank secret', (f) => (f.secrets = one('   ')), 'secret.empty'],
    [
      'an empty secret beside a good one',
      (f) => (f.secrets = [...one(SECRET), { keyId: 'k2', secret: '' }]),
      'secret.empty',
    ],
    ['a secret that is not base64', (f) => (f.secrets = one('whsec_not base64!')), 'secret.malformed'],
    ['another secret', (f) => (f.secrets = one(OTHER_SECRET)), 'signature.mismatch'],
    ['a timestamp a second too old (A076)', (f) => (f.nowMs = NOW + 301_000), 'timestamp.too-old'],
    ['a timestamp a millisecond too old', (f) => (f.nowMs = NOW + 300_001), 'timestamp.too-old'],
    ['a timestamp a second too new (A077)', (f) => (f.nowMs = NOW - 301_000), 'timestamp.too-new'],
    ['junk behind the timestamp', header('webhook-timestamp', '1614265330junk'), 'timestamp.malformed'],
    ['a fraction', header('webhook-timestamp', '1614265330.9'), 'timestamp.malformed'],
    ['a sign', header('webhook-timestamp', '+1614265330'), 'timestamp.malformed'],
    ['a leading zero', header('webhook-timestamp', '01614265330'), 'timestamp.malformed'],
    ['white space around it', header('webhook-timestamp', ' 1614265330'), 'timestamp.malformed'],
    ['an exponent', header('webhook-timestamp', '1.614265330e9'), 'timestamp.malformed'],
    ['hexadecimal digits', header('webhook-timestamp', '0x6037b4f2'), 'timestamp.malformed'],
    ['digits of another script', header('webhook-timestamp', '١٦١٤٢٦٥٣٣٠'), 'timestamp.malformed'],
    ['a timestamp beyond all clocks', header('webhook-timestamp', '9'.repeat(30)), 'timestamp.malformed'],
    ['a negative timestamp', header('webhook-timestamp', '-1'), 'timestamp.malformed'],
    ['another timestamp inside the tolerance', header('webhook-timestamp', '1614265331'), 'signature.mismatch'],
    ['another id (A080)', header('webhook-id', 'msg_other'), 'signature.mismatch'],
    ['an id with the separator in it', header('webhook-id', 'msg.1614265330'), 'id.malformed'],
    ['an id with a line break', header('webhook-id', 'msg\n1'), 'id.malformed'],
    ['an endless id', header('webhook-id', 'm'.repeat(257)), 'id.malformed'],
  ])('refuses %s', (_what, damage, reason) => {
    const forgery = genuine();
    expect(outcome(check(forgery))).toBe('admitted');
    damage(forgery);
    expect(outcome(check(forgery))).toBe(reason);
  });

  it('admits both ends of the tolerance and tells the skew', () => {
    expect(check({ ...genuine(), nowMs: NOW + 300_000 })).toMatchObject({ ok: true, receipt: { skewMs: 300_000 } });
    expect(check({ ...genuine(), nowMs: NOW - 300_000 })).toMatchObject({ ok: true, receipt: { skewMs: -300_000 } });
  });

  it('admits any of several keys while they rotate, and records which', () => {
    const secrets = [
      { keyId: 'new', secret: OTHER_SECRET },
      { keyId: 'old', secret: SECRET },
    ];
    expect(check({ ...genuine(), secrets })).toMatchObject({
      ok: true,
      receipt: { keyId: 'old', scheme: 'standard-webhooks' },
    });
  });

  it('admits a good signature among others and other versions', () => {
    const f = genuine();
    f.headers['webhook-signature'] = `v1a,abc v1,${swap(GOOD, 3)} v1,${GOOD} v2,x`;
    expect(outcome(check(f))).toBe('admitted');
  });

  it('keeps what identifies the delivery in the receipt', () => {
    const verification = check(genuine());
    expect(verification).toEqual({
      ok: true,
      dedupId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      receipt: {
        scheme: 'standard-webhooks',
        provider: 'standard-webhooks',
        method: 'hmac-sha256',
        verified: true,
        bodySigned: true,
        keyId: 'k1',
        skewMs: 0,
        bodyHash: createHash('sha256').update(BODY).digest('hex'),
        deliveryId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        dedupId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      },
    });
  });
});

describe('github', () => {
  const GOOD = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const SIGNATURE = 'x-hub-signature-256';
  const genuine = (): Forgery => ({
    headers: {
      [SIGNATURE]: `sha256=${GOOD}`,
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-github-event': 'issues',
    },
    body: 'Hello, World!',
    secrets: one("It's a Secret to Everybody"),
    nowMs: NOW,
  });
  const check = (forgery: Forgery): Verification =>
    verifyWebhook(
      'github',
      forgery.secrets,
      { headers: forgery.headers, rawBody: bytes(forgery.body) },
      forgery.nowMs,
      crypto,
    );
  const signature =
    (value: string | string[] | undefined): Damage =>
    (f) => {
      f.headers[SIGNATURE] = value;
    };

  it.each<[string, Damage, RefusalReason]>([
    ['no signature header (A061)', signature(undefined), 'header.missing'],
    [
      'only the old SHA-1 header (A082)',
      (f) => {
        f.headers = {
          ...f.headers,
          [SIGNATURE]: undefined,
          'x-hub-signature': `sha1=${createHmac('sha1', "It's a Secret to Everybody").update(f.body).digest('hex')}`,
        };
      },
      'header.missing',
    ],
    ['a SHA-1 signature in the right header', signature(`sha1=${'a'.repeat(40)}`), 'signature.version'],
    ['an empty signature (A062)', signature(''), 'header.empty'],
    ['a blank signature', signature('\t'), 'header.empty'],
    ['only the prefix', signature('sha256='), 'signature.malformed'],
    ['no prefix', signature(GOOD), 'signature.version'],
    ['the prefix in upper case', signature(`SHA256=${GOOD}`), 'signature.version'],
    ['a space before the prefix', signature(` sha256=${GOOD}`), 'signature.version'],
    ['upper-case hex (A067)', signature(`sha256=${GOOD.toUpperCase()}`), 'signature.malformed'],
    ['a truncated signature (A068)', signature(`sha256=${GOOD.slice(0, 32)}`), 'signature.malformed'],
    ['one digit more', signature(`sha256=${GOOD}0`), 'signature.malformed'],
    ['a line break behind it', signature(`sha256=${GOOD}\n`), 'signature.malformed'],
    ['letters beyond hex', signature(`sha256=${'g'.repeat(64)}`), 'signature.malformed'],
    [
      'base64 instead of hex',
      signature(`sha256=${Buffer.from(GOOD, 'hex').toString('base64')}`),
      'signature.malformed',
    ],
    ['two signatures joined', signature(`sha256=${GOOD}, sha256=${GOOD}`), 'signature.malformed'],
    ['two signature headers (A070)', signature([`sha256=${GOOD}`, `sha256=${GOOD}`]), 'header.duplicate'],
    ['two signature headers by case', (f) => (f.headers['X-Hub-Signature-256'] = `sha256=${GOOD}`), 'header.duplicate'],
    ['one digit changed', signature(`sha256=${GOOD.slice(0, -1)}8`), 'signature.mismatch'],
    ['the first digit changed', signature(`sha256=0${GOOD.slice(1)}`), 'signature.mismatch'],
    ['zeros', signature(`sha256=${'0'.repeat(64)}`), 'signature.mismatch'],
    [
      'the plain hash of the body',
      (f) => (f.headers[SIGNATURE] = `sha256=${createHash('sha256').update(f.body).digest('hex')}`),
      'signature.mismatch',
    ],
    ['one byte changed (A064)', (f) => (f.body = 'Hello, World?'), 'signature.mismatch'],
    ['a byte more (A065)', (f) => (f.body = 'Hello, World! '), 'signature.mismatch'],
    ['an empty body', (f) => (f.body = ''), 'signature.mismatch'],
    ['another secret', (f) => (f.secrets = one('other')), 'signature.mismatch'],
    ['the secret in another case', (f) => (f.secrets = one("it's a secret to everybody")), 'signature.mismatch'],
    ['no secret configured (A073)', (f) => (f.secrets = []), 'secret.missing'],
    [
      'an empty secret, signed with the empty key (A074)',
      (f) => {
        f.secrets = one('');
        f.headers[SIGNATURE] = `sha256=${createHmac('sha256', '').update(f.body).digest('hex')}`;
      },
      'secret.empty',
    ],
    ['a blank secret', (f) => (f.secrets = one('  \n')), 'secret.empty'],
    ['no delivery id', (f) => (f.headers['x-github-delivery'] = undefined), 'header.missing'],
    ['two delivery ids', (f) => (f.headers['x-github-delivery'] = ['a', 'b']), 'header.duplicate'],
    ['a delivery id with a line break', (f) => (f.headers['x-github-delivery'] = 'a\r\nb'), 'id.malformed'],
  ])('refuses %s', (_what, damage, reason) => {
    const forgery = genuine();
    expect(outcome(check(forgery))).toBe('admitted');
    damage(forgery);
    expect(outcome(check(forgery))).toBe(reason);
  });

  it('sees a replay under another, unsigned, delivery id as the same event (A080)', () => {
    const replay = genuine();
    replay.headers['x-github-delivery'] = 'another';
    const [first, second] = [check(genuine()), check(replay)];
    expect(first.ok && second.ok && first.dedupId === second.dedupId).toBe(true);
    expect(second).toMatchObject({ receipt: { deliveryId: 'another' } });
  });
});

describe('verifyWebhook', () => {
  it('refuses a scheme it does not know, also one that every object has', () => {
    for (const scheme of ['', 'github2', 'constructor', '__proto__', 'toString']) {
      expect(verifyWebhook(scheme, one('s'), { headers: {}, rawBody: bytes('') }, 0, crypto)).toEqual({
        ok: false,
        reason: 'scheme.unknown',
      });
    }
  });

  it('admits anything under the scheme none, and says that it is not verified', () => {
    const verification = verifyWebhook('none', [], { headers: {}, rawBody: bytes('x') }, 0, crypto);
    expect(verification).toMatchObject({ ok: true, dedupId: null, receipt: { scheme: 'none', verified: false } });
  });

  it('compares every key with every signature, whichever fits', () => {
    let comparisons = 0;
    const counting: WebhookCrypto = { ...crypto, equal: (a, b) => ((comparisons += 1), crypto.equal(a, b)) };
    const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'x-github-delivery': 'd' };
    verifyWebhook('github', [...one('a'), ...one('b'), ...one('c')], { headers, rawBody: bytes('') }, 0, counting);
    expect(comparisons).toBe(3);
  });

  it('admits what signWebhook signs, and nothing with any one byte of it changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('standard-webhooks', 'github', 'slack', 'paddle', 'zoom', 'shopify'),
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.stringMatching(/^[a-z0-9_]{1,20}$/),
        fc.nat(),
        async (scheme, rawBody, id, at) => {
          const delivery = { id, timestampMs: NOW, rawBody };
          const headers = await signWebhook(scheme, SECRET, delivery, crypto);
          const request: WebhookRequest = { headers, rawBody };
          expect(outcome(verifyWebhook(scheme, one(SECRET), request, NOW, crypto))).toBe('admitted');
          const changed = Uint8Array.from(rawBody);
          changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 1;
          expect(outcome(verifyWebhook(scheme, one(SECRET), { headers, rawBody: changed }, NOW, crypto))).toBe(
            'signature.mismatch',
          );
        },
      ),
      { seed: 1 },
    );
  });

  it('refuses schemes that leave something open', () => {
    const header = (name: string) => ({ from: 'header', name }) as const;
    const base = {
      kind: 'hmac',
      name: 'x',
      algorithm: 'sha256',
      encoding: 'hex',
      secret: { encoding: 'utf8' },
      signature: { at: header('x') },
    };
    const timestamp = { at: header('t'), unit: 'seconds', toleranceMs: 1000 };
    const sound = { content: [{ part: 'timestamp' }, { part: 'body' }], timestamp };
    const accepted = (rest: object) => verificationSchemeSchema.safeParse({ ...base, ...rest }).success;
    expect(accepted(sound)).toBe(true);
    for (const rest of [
      { content: [{ part: 'timestamp' }], timestamp },
      { content: [{ part: 'body' }], timestamp },
      { content: [{ part: 'body' }, { part: 'timestamp' }] },
      { content: [{ part: 'id' }, { part: 'body' }] },
      { content: [{ part: 'body' }], id: { firstOf: [[header('i')]] }, dedup: 'id' },
      { content: [{ part: 'timestamp' }], timestamp, unsignedBody: true },
      { ...sound, unsignedBody: true },
      { ...sound, kind: 'hash', secret: undefined },
      { ...sound, signature: { at: header('X') } },
      { ...sound, more: true },
      { ...sound, timestamp: { ...timestamp, toleranceMs: 0 } },
      { ...sound, algorithm: 'md5' },
      {
        content: {
          firstOf: [
            { when: [], parts: [{ part: 'body' }] },
            { when: [], parts: [{ part: 'url' }] },
          ],
        },
      },
    ]) {
      expect([rest, accepted(rest)]).toEqual([rest, false]);
    }
  });
});
