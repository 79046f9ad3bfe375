import type { ProviderSource } from '../provider.js';

export const livekit: ProviderSource = {
  id: 'livekit',
  title: 'LiveKit',
  docs: 'https://docs.livekit.io/home/server/webhooks/',
  basis: 'catalogue',
  secret: {
    label: 'API secret',
    madeBy: 'provider',
    help: 'The secret of the API key that the webhook is set up with.',
  },
  scheme: {
    kind: 'jwt',
    name: 'livekit',
    token: { from: 'header', name: 'authorization' },
    algorithms: ['HS256'],
    key: { from: 'secret', form: 'utf8' },
    bodyHash: { claim: 'sha256', encoding: 'base64' },
    requires: [{ is: 'present', at: { from: 'claim', name: 'exp' } }],
    id: { firstOf: [[{ from: 'json', path: ['id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['event'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 5000, repeats: 'A few times.' },
};
