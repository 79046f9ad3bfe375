import type { ProviderSource } from '../provider.js';

export const stripe: ProviderSource = {
  id: 'stripe',
  title: 'Stripe',
  docs: 'https://docs.stripe.com/webhooks#verify-manually',
  basis: 'source',
  secret: {
    label: 'Signing secret (whsec_…)',
    madeBy: 'provider',
    help: 'From the endpoint’s page in the Stripe dashboard.',
  },
  scheme: {
    kind: 'hmac',
    name: 'stripe',
    algorithm: 'sha256',
    encoding: 'hex',
    // Stripe takes the whole text as the key, its prefix too.
    secret: { encoding: 'utf8' },
    signature: {
      at: { from: 'header', name: 'stripe-signature' },
      format: { kind: 'fields', separator: ',', assign: '=', field: 'v1' },
    },
    content: [{ part: 'timestamp' }, { part: 'constant', text: '.' }, { part: 'body' }],
    timestamp: { at: { from: 'signature-field', name: 't' }, unit: 'seconds', toleranceMs: 300_000 },
    id: { firstOf: [[{ from: 'json', path: ['id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['type'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 20_000, repeats: 'Up to three days with growing pauses; a repetition is signed anew.' },
  notes: ['Signatures of the version v0 are for tests and prove nothing; they are passed over.'],
};
