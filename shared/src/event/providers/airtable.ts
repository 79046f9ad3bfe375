import type { ProviderSource } from '../provider.js';

export const airtable: ProviderSource = {
  id: 'airtable',
  title: 'Airtable',
  docs: 'https://airtable.com/developers/web/api/webhooks-overview',
  basis: 'catalogue',
  secret: { label: 'macSecretBase64', madeBy: 'provider', help: 'From the answer to making the webhook.' },
  scheme: {
    kind: 'hmac',
    name: 'airtable',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'base64' },
    signature: {
      at: { from: 'header', name: 'x-airtable-content-mac' },
      format: { kind: 'plain', prefix: 'hmac-sha256=' },
    },
    content: [{ part: 'body' }],
  },
  accepted: [{ status: 204 }],
  expects: { answerWithinMs: 25_000, repeats: 'With growing pauses, while the webhook lives (seven days).' },
  notes: ['The delivery only says that something changed; let the workflow fetch the payloads.'],
};
