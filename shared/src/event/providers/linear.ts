import type { ProviderSource } from '../provider.js';

export const linear: ProviderSource = {
  id: 'linear',
  title: 'Linear',
  docs: 'https://linear.app/developers/webhooks#securing-webhooks',
  basis: 'source',
  secret: { label: 'Signing secret', madeBy: 'provider', help: 'From the webhook’s page in the API settings.' },
  scheme: {
    kind: 'hmac',
    name: 'linear',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'linear-signature' } },
    content: [{ part: 'body' }],
    // The header Linear-Timestamp is not signed; the same time inside the body is.
    timestamp: { at: { from: 'json', path: ['webhookTimestamp'] }, unit: 'milliseconds', toleranceMs: 60_000 },
    id: { firstOf: [[{ from: 'header', name: 'linear-delivery' }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['type'] }] },
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 5000, repeats: 'Three times: after a minute, an hour and six hours.' },
};
