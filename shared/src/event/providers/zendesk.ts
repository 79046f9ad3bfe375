import type { ProviderSource } from '../provider.js';

export const zendesk: ProviderSource = {
  id: 'zendesk',
  title: 'Zendesk',
  docs: 'https://developer.zendesk.com/documentation/webhooks/verifying/',
  basis: 'documentation',
  secret: { label: 'Signing secret', madeBy: 'provider', help: 'From the webhook’s page in the Admin Center.' },
  scheme: {
    kind: 'hmac',
    name: 'zendesk',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-zendesk-webhook-signature' } },
    content: [{ part: 'timestamp' }, { part: 'body' }],
    timestamp: {
      at: { from: 'header', name: 'x-zendesk-webhook-signature-timestamp' },
      unit: 'iso',
      toleranceMs: 300_000,
    },
    id: { firstOf: [[{ from: 'header', name: 'x-zendesk-webhook-invocation-id' }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['type'] }] },
    // Bodies may be empty or alike; the signed time tells them apart.
    dedup: 'content',
  },
  expects: { answerWithinMs: 12_000, repeats: 'Up to three times; a repetition is signed anew.' },
  notes: ['Test deliveries from the Admin Center are signed with a fixed, published secret and are refused.'],
};
