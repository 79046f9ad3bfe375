import type { ProviderSource } from '../provider.js';

export const mandrill: ProviderSource = {
  id: 'mandrill',
  title: 'Mandrill',
  docs: 'https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/#authenticating-webhook-requests',
  basis: 'catalogue',
  secret: { label: 'Webhook key', madeBy: 'provider', help: 'From the webhooks page of the account.' },
  scheme: {
    kind: 'hmac',
    name: 'mandrill',
    algorithm: 'sha1',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-mandrill-signature' } },
    content: [{ part: 'url' }, { part: 'form-sorted' }],
  },
  handshakes: [
    {
      name: 'HEAD',
      when: [{ is: 'method', method: 'HEAD' }],
      proof: { by: 'nothing' },
      reply: { kind: 'headers', status: 200, headers: {} },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 30_000, repeats: 'Up to a hundred times with growing pauses.' },
  notes: [
    'The URL is signed as it was entered: the public address of the installation (PUBLIC_URL) must be part of it.',
  ],
};
