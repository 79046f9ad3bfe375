import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../../server/webhook-crypto.js';
import { WEBHOOK_PROVIDER_IDS, providerSchema, verifyWebhook, webhookProvider } from '../index.js';
import type { SampleVector } from '../index.js';
import { githubSamples } from './github.js';
import { hubspotV1Samples } from './hubspot-v1.js';
import { hubspotV2Samples } from './hubspot-v2.js';
import { paddleSamples } from './paddle.js';
import { slackSamples } from './slack.js';
import { standardWebhooksSamples } from './standard-webhooks.js';
import { twilioSamples } from './twilio.js';

const SAMPLES: Readonly<Record<string, readonly SampleVector[]>> = {
  github: githubSamples,
  'hubspot-v1': hubspotV1Samples,
  'hubspot-v2': hubspotV2Samples,
  paddle: paddleSamples,
  slack: slackSamples,
  'standard-webhooks': standardWebhooksSamples,
  twilio: twilioSamples,
};

describe('official sample vectors', () => {
  const cases = Object.entries(SAMPLES).flatMap(([id, samples]) => samples.map((sample) => ({ id, ...sample })));

  it.each(cases)('$id: admits $what, and nothing else', ({ id, secret, body, nowMs, ...request }) => {
    const check = (text: string, key: string) =>
      verifyWebhook(
        id,
        [{ keyId: 'k1', secret: key }],
        { ...request, rawBody: new TextEncoder().encode(text) },
        nowMs,
        webhookCrypto,
      );
    expect(check(body, secret)).toMatchObject({ ok: true, receipt: { provider: id, verified: true, keyId: 'k1' } });
    expect(check(body, `${secret.slice(0, -1)}Z`)).toMatchObject({ ok: false });
    expect(check(`${body}&a=1`, secret)).toMatchObject({ ok: false });
  });

  it('reads the type of an event where the provider tells it', () => {
    const [sample] = githubSamples;
    if (sample === undefined) throw new Error('there is no sample');
    const rawBody = new TextEncoder().encode(sample.body);
    const secrets = [{ keyId: 'k1', secret: sample.secret }];
    expect(verifyWebhook('github', secrets, { ...sample, rawBody }, sample.nowMs, webhookCrypto)).toMatchObject({
      ok: true,
      type: 'issues',
    });
  });
});

describe('providers', () => {
  it.each(WEBHOOK_PROVIDER_IDS)('%s is data that the grammar accepts, under its own name', (id) => {
    const provider = webhookProvider(id);
    expect(provider?.id).toBe(id);
    expect(providerSchema.safeParse(JSON.parse(JSON.stringify(provider))).success).toBe(true);
  });

  it('cover every kind of proof and every reply to a handshake', () => {
    const known = WEBHOOK_PROVIDER_IDS.map((id) => webhookProvider(id));
    expect(new Set(known.map((provider) => provider?.scheme.kind))).toEqual(
      new Set(['hmac', 'hash', 'public-key', 'jwt', 'shared-secret', 'unsigned']),
    );
    expect(new Set(known.flatMap((provider) => provider?.handshakes.map(({ reply }) => reply.kind) ?? []))).toEqual(
      new Set(['text', 'json', 'headers', 'confirm', 'capture']),
    );
  });

  it('check no time that is older than repetitions are known (seven days)', () => {
    for (const id of WEBHOOK_PROVIDER_IDS) {
      expect(webhookProvider(id)?.scheme.timestamp?.toleranceMs ?? 0).toBeLessThan(7 * 86_400_000);
    }
  });

  it.each(WEBHOOK_PROVIDER_IDS.filter((id) => webhookProvider(id)?.scheme.kind !== 'unsigned'))(
    '%s admits nobody without a secret, with an empty one, or without any proof (A061, A073, A074)',
    (id) => {
      const request = { url: 'https://example.com/hooks/x', headers: {}, rawBody: new TextEncoder().encode('{}') };
      const reason = (secrets: { keyId: string; secret: string }[]) => {
        const answer = verifyWebhook(id, secrets, request, 0, webhookCrypto);
        return answer.ok ? 'admitted' : answer.reason;
      };
      expect(reason([])).toBe('secret.missing');
      expect(reason([{ keyId: 'k', secret: ' ' }])).toBe('secret.empty');
      expect(reason([{ keyId: 'k', secret: 'handshake' }])).not.toBe('admitted');
    },
  );
});
