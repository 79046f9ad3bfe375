import type { ProviderSource } from '../provider.js';

export const vonage: ProviderSource = {
  id: 'vonage',
  title: 'Vonage',
  docs: 'https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks',
  basis: 'catalogue',
  secret: { label: 'Signature secret', madeBy: 'provider', help: 'From the API settings of the account.' },
  scheme: {
    kind: 'jwt',
    name: 'vonage',
    token: { from: 'bearer' },
    algorithms: ['HS256'],
    key: { from: 'secret', form: 'utf8' },
    bodyHash: { claim: 'payload_hash', encoding: 'hex' },
    timestamp: { at: { from: 'claim', name: 'iat' }, unit: 'seconds', toleranceMs: 300_000 },
    id: { firstOf: [[{ from: 'claim', name: 'jti' }]], required: false },
    // A repetition has a token of its own.
    dedup: 'body',
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 5000, repeats: 'For up to 24 hours with growing pauses.' },
};
