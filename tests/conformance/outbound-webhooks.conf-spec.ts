/** Our deliveries, checked by the packages that receivers use. */
import { webcrypto } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { makeEndpointSecret, messageId, publicKeyOf, signedHeaders } from '@sagawright/shared/server';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';

const BODY = JSON.stringify({ type: 'order.placed', timestamp: '2026-11-21T10:00:00Z', data: { name: 'Ünïcödé ☂' } });
const MESSAGE = { id: messageId('0197f6c0-1111-7222-8333-444455556666'), body: BODY };
const now = () => Date.now();

const RECEIVERS = [
  ['standardwebhooks', (secret: string) => new StandardWebhook(secret)],
  ['svix', (secret: string) => new SvixWebhook(secret)],
] as const;

describe.each(RECEIVERS)('the package %s', (_name, receiver) => {
  const passes = (secret: string, body: string, headers: Readonly<Record<string, string>>): boolean => {
    try {
      receiver(secret).verify(body, { ...headers });
      return true;
    } catch {
      return false;
    }
  };

  it('takes a delivery signed by v1', () => {
    const secret = makeEndpointSecret('v1');
    const headers = signedHeaders([secret], { ...MESSAGE, atMs: now() });
    expect(receiver(secret).verify(BODY, { ...headers })).toEqual(JSON.parse(BODY));
  });

  it('takes it by the old and by the new secret while one is being changed, afterwards by the new one only', () => {
    const [old, fresh, other] = [1, 2, 3].map(() => makeEndpointSecret('v1'));
    if (old === undefined || fresh === undefined || other === undefined) throw new Error('No secrets.');
    const during = signedHeaders([fresh, old], { ...MESSAGE, atMs: now() });
    const after = signedHeaders([fresh], { ...MESSAGE, atMs: now() });
    expect([old, fresh, other].map((secret) => passes(secret, BODY, during))).toEqual([true, true, false]);
    expect([old, fresh, other].map((secret) => passes(secret, BODY, after))).toEqual([false, true, false]);
  });

  it('takes each attempt of a delivery, whose id stays and whose time and signature do not', () => {
    const secret = makeEndpointSecret('v1');
    const [first, second] = [0, 2000].map((later) => signedHeaders([secret], { ...MESSAGE, atMs: now() - later }));
    expect([first, second].map((headers) => passes(secret, BODY, headers ?? {}))).toEqual([true, true]);
    expect(first?.['webhook-id']).toBe(second?.['webhook-id']);
    expect(first?.['webhook-signature']).not.toBe(second?.['webhook-signature']);
  });

  it('refuses what was changed on the way, and what is old', () => {
    const secret = makeEndpointSecret('v1');
    const headers = signedHeaders([secret], { ...MESSAGE, atMs: now() });
    expect(passes(secret, BODY.replace('placed', 'paid'), headers)).toBe(false);
    expect(passes(secret, BODY, { ...headers, 'webhook-id': 'msg_other' })).toBe(false);
    expect(passes(secret, BODY, signedHeaders([secret], { ...MESSAGE, atMs: now() - 600_000 }))).toBe(false);
  });
});

describe('our signatures', () => {
  it('are those of the reference libraries', () => {
    const headers = signedHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      atMs: 1_614_265_330_000,
      body: '{"test": 2432232314}',
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('by v1a are checked with the public key alone, also while keys are changed', async () => {
    const [old, fresh] = [makeEndpointSecret('v1a'), makeEndpointSecret('v1a')];
    const headers = signedHeaders([fresh, old], { ...MESSAGE, atMs: now() });
    const content = `${MESSAGE.id}.${headers['webhook-timestamp'] ?? ''}.${BODY}`;
    const signatures = (headers['webhook-signature'] ?? '').split(' ');
    expect(signatures).toHaveLength(2);
    const signedBy = async (secret: string, text: string): Promise<boolean[]> => {
      const raw = Buffer.from((publicKeyOf(secret) ?? '').replace(/^whpk_/, ''), 'base64');
      const key = await webcrypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
      return Promise.all(
        signatures.map((each) =>
          webcrypto.subtle.verify(
            { name: 'Ed25519' },
            key,
            Buffer.from(each.replace(/^v1a,/, ''), 'base64'),
            Buffer.from(text),
          ),
        ),
      );
    };
    expect(await signedBy(fresh, content)).toEqual([true, false]);
    expect(await signedBy(old, content)).toEqual([false, true]);
    expect(await signedBy(fresh, `${content} `)).toEqual([false, false]);
  });
});
