import type { ProviderSource } from '../provider.js';

export const plaid: ProviderSource = {
  id: 'plaid',
  title: 'Plaid',
  docs: 'https://plaid.com/docs/api/webhooks/webhook-verification/',
  basis: 'catalogue',
  secret: {
    label: 'Verification keys (JWKS)',
    madeBy: 'provider',
    help: 'Paste {"keys": […]} with the keys that /webhook_verification_key/get gives; they change, so keep the old ones beside the new.',
  },
  scheme: {
    kind: 'jwt',
    name: 'plaid',
    token: { from: 'header', name: 'plaid-verification' },
    algorithms: ['ES256'],
    key: { from: 'secret', form: 'jwks' },
    bodyHash: { claim: 'request_body_sha256', encoding: 'hex' },
    timestamp: { at: { from: 'claim', name: 'iat' }, unit: 'seconds', toleranceMs: 300_000 },
    type: { firstOf: [{ from: 'json', path: ['webhook_code'] }] },
  },
  expects: { answerWithinMs: 10_000, repeats: 'For up to 24 hours with growing pauses.' },
};
