import type { ProviderSource } from '../provider.js';

export const fusionauth: ProviderSource = {
  id: 'fusionauth',
  title: 'FusionAuth',
  docs: 'https://fusionauth.io/docs/extend/events-and-webhooks/signing',
  basis: 'catalogue',
  secret: {
    label: 'Signing keys (JWKS)',
    madeBy: 'provider',
    help: 'Paste what /.well-known/jwks.json of your FusionAuth serves.',
  },
  scheme: {
    kind: 'jwt',
    name: 'fusionauth',
    token: { from: 'header', name: 'x-fusionauth-signature-jwt' },
    algorithms: ['ES256', 'RS256', 'EdDSA'],
    key: { from: 'secret', form: 'jwks' },
    bodyHash: { claim: 'request_body_sha256', encoding: 'base64' },
    id: { firstOf: [[{ from: 'json', path: ['event', 'id'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['event', 'type'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 2000, repeats: 'As the webhook’s settings say.' },
};
