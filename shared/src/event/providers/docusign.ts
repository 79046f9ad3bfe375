import type { ProviderSource } from '../provider.js';

export const docusign: ProviderSource = {
  id: 'docusign',
  title: 'DocuSign Connect',
  docs: 'https://developers.docusign.com/platform/webhooks/connect/hmac/',
  basis: 'catalogue',
  secret: {
    label: 'HMAC key',
    madeBy: 'provider',
    help: 'From the Connect settings of the account; each key signs in a header of its own.',
  },
  scheme: {
    kind: 'hmac',
    name: 'docusign',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: {
      at: { from: 'headers', names: Array.from({ length: 10 }, (_, at) => `x-docusign-signature-${at + 1}`) },
    },
    content: [{ part: 'body' }],
    type: { firstOf: [{ from: 'json', path: ['event'] }] },
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 100_000, repeats: 'For up to fifteen days with growing pauses.' },
};
