import type { ProviderSource } from '../provider.js';

export const vercel: ProviderSource = {
  id: 'vercel',
  title: 'Vercel',
  docs: 'https://vercel.com/docs/webhooks/webhooks-api#securing-webhooks',
  basis: 'catalogue',
  secret: { label: 'Webhook secret', madeBy: 'provider', help: 'Shown once when the webhook is made.' },
  scheme: {
    kind: 'hmac',
    name: 'vercel',
    algorithm: 'sha1',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-vercel-signature' } },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'json', path: ['id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['type'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 30_000, repeats: 'For up to 24 hours with growing pauses.' },
};
