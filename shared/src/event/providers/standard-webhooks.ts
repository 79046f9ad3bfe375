import type { ProviderSource, SampleVector } from '../provider.js';
import type { SchemeSource } from '../scheme.js';

/** Standard Webhooks v1: many providers send it, some with header names of their own. */
export function standardScheme(prefix: 'webhook' | 'svix'): SchemeSource {
  return {
    kind: 'hmac',
    name: 'standard-webhooks',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { prefix: 'whsec_', encoding: 'base64' },
    signature: {
      at: { from: 'header', name: `${prefix}-signature` },
      format: { kind: 'list', separator: ' ', version: { name: 'v1', separator: ',' } },
    },
    content: [
      { part: 'id' },
      { part: 'constant', text: '.' },
      { part: 'timestamp' },
      { part: 'constant', text: '.' },
      { part: 'body' },
    ],
    timestamp: { at: { from: 'header', name: `${prefix}-timestamp` }, unit: 'seconds', toleranceMs: 300_000 },
    id: { firstOf: [[{ from: 'header', name: `${prefix}-id` }]] },
    type: { firstOf: [{ from: 'json', path: ['type'] }] },
    dedup: 'id',
  };
}

export const STANDARD_REPEATS = 'Ten attempts over about three days, each later than the last.';

export const standardWebhooks: ProviderSource = {
  id: 'standard-webhooks',
  title: 'Standard Webhooks',
  docs: 'https://www.standardwebhooks.com',
  basis: 'source',
  secret: { label: 'Signing secret (whsec_…)', madeBy: 'us', help: 'Give the trigger’s secret to the sender.' },
  scheme: standardScheme('webhook'),
  expects: { answerWithinMs: 15_000, repeats: STANDARD_REPEATS },
};

export const standardWebhooksSamples: readonly SampleVector[] = [
  {
    what: 'the sample of the reference libraries',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    nowMs: 1_614_265_330_000,
  },
  {
    what: 'the second sample of the Rust library',
    secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    headers: {
      'webhook-id': 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
      'webhook-timestamp': '1649367553',
      'webhook-signature': 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    },
    body: '{"email":"test@example.com","username":"test_user"}',
    nowMs: 1_649_367_553_000,
  },
];
