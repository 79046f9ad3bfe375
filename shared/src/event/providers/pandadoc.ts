import type { ProviderSource } from '../provider.js';

export const pandadoc: ProviderSource = {
  id: 'pandadoc',
  title: 'PandaDoc',
  docs: 'https://developers.pandadoc.com/docs/webhook-verification',
  basis: 'catalogue',
  secret: { label: 'Shared key', madeBy: 'provider', help: 'From the webhook’s page in the Developer Dashboard.' },
  scheme: {
    kind: 'hmac',
    name: 'pandadoc',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'query', name: 'signature' } },
    content: [{ part: 'body' }],
    type: { firstOf: [{ from: 'json', path: [0, 'event'] }] },
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 20_000, repeats: 'Three times.' },
};
