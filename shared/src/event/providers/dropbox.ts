import type { ProviderSource } from '../provider.js';

export const dropbox: ProviderSource = {
  id: 'dropbox',
  title: 'Dropbox',
  docs: 'https://www.dropbox.com/developers/reference/webhooks',
  basis: 'documentation',
  secret: { label: 'App secret', madeBy: 'provider', help: 'From the app’s settings.' },
  scheme: {
    kind: 'hmac',
    name: 'dropbox',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-dropbox-signature' } },
    content: [{ part: 'body' }],
    // The body only tells whose files changed, in the same words each time.
    dedup: 'none',
  },
  handshakes: [
    {
      name: 'challenge',
      when: [
        { is: 'method', method: 'GET' },
        { is: 'present', at: { from: 'query', name: 'challenge' } },
      ],
      proof: { by: 'nothing' },
      reply: { kind: 'text', value: { value: 'echo', at: { from: 'query', name: 'challenge' } } },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 10_000, repeats: 'With growing pauses.' },
  notes: ['The delivery only says that something changed; let the workflow fetch what.'],
};
