import type { ProviderSource } from '../provider.js';

export const calendly: ProviderSource = {
  id: 'calendly',
  title: 'Calendly',
  docs: 'https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures',
  basis: 'source',
  secret: {
    label: 'Webhook signing key',
    madeBy: 'us',
    help: 'Give it as signing_key when you make the subscription.',
  },
  scheme: {
    kind: 'hmac',
    name: 'calendly',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: {
      at: { from: 'header', name: 'calendly-webhook-signature' },
      format: { kind: 'fields', separator: ',', assign: '=', field: 'v1' },
    },
    content: [{ part: 'timestamp' }, { part: 'constant', text: '.' }, { part: 'body' }],
    timestamp: { at: { from: 'signature-field', name: 't' }, unit: 'seconds', toleranceMs: 180_000 },
    type: { firstOf: [{ from: 'json', path: ['event'] }] },
  },
  expects: {
    answerWithinMs: 10_000,
    repeats: 'For up to 24 hours with growing pauses; then the subscription is switched off.',
  },
};
