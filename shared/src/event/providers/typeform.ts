import type { ProviderSource } from '../provider.js';

export const typeform: ProviderSource = {
  id: 'typeform',
  title: 'Typeform',
  docs: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks/',
  basis: 'documentation',
  secret: { label: 'Secret', madeBy: 'us', help: 'Paste the trigger’s secret into the webhook’s settings.' },
  scheme: {
    kind: 'hmac',
    name: 'typeform',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: {
      at: { from: 'header', name: 'typeform-signature' },
      format: { kind: 'plain', prefix: 'sha256=' },
    },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'json', path: ['event_id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['event_type'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 30_000, repeats: 'For several hours with growing pauses.' },
};
