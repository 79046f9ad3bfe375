import type { ProviderSource } from '../provider.js';

export const square: ProviderSource = {
  id: 'square',
  title: 'Square',
  docs: 'https://developer.squareup.com/docs/webhooks/step3validate',
  basis: 'source',
  secret: { label: 'Signature key', madeBy: 'provider', help: 'From the webhook subscription’s page at Square.' },
  scheme: {
    kind: 'hmac',
    name: 'square',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-square-hmacsha256-signature' } },
    content: [{ part: 'url' }, { part: 'body' }],
    id: { firstOf: [[{ from: 'json', path: ['event_id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['type'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 10_000, repeats: 'Up to eleven times over a day.' },
  notes: [
    'The URL is signed as it stands in the subscription: the public address of the installation (PUBLIC_URL) must be part of it.',
  ],
};
