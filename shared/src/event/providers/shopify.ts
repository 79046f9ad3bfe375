import type { ProviderSource } from '../provider.js';

export const shopify: ProviderSource = {
  id: 'shopify',
  title: 'Shopify',
  docs: 'https://shopify.dev/docs/apps/build/webhooks/subscribe/https',
  basis: 'documentation',
  secret: {
    label: 'Client secret',
    madeBy: 'provider',
    help: 'The client secret of the app; a new one takes up to an hour to sign, so keep the old one as long.',
  },
  scheme: {
    kind: 'hmac',
    name: 'shopify',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-shopify-hmac-sha256' } },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'header', name: 'x-shopify-webhook-id' }]], required: false },
    type: { firstOf: [{ from: 'header', name: 'x-shopify-topic' }] },
  },
  accepted: [{ status: 200 }],
  expects: {
    answerWithinMs: 5000,
    repeats: 'Eight times over four hours; then a subscription made by the Admin API is deleted.',
  },
  notes: [
    'The webhook id and the topic are not signed: a repetition is known by its body.',
    'The review of an app sends a wrong signature and wants 401, which it gets.',
  ],
};
