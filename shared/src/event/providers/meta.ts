import type { ProviderSource } from '../provider.js';

export const meta: ProviderSource = {
  id: 'meta',
  title: 'Meta and WhatsApp',
  docs: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started',
  basis: 'documentation',
  secret: {
    label: 'App secret',
    madeBy: 'provider',
    help: 'From the settings of the Meta app. As "verify token" enter the last part of the trigger’s URL.',
  },
  scheme: {
    kind: 'hmac',
    name: 'meta',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: {
      at: { from: 'header', name: 'x-hub-signature-256' },
      format: { kind: 'plain', prefix: 'sha256=' },
    },
    content: [{ part: 'body' }],
    type: { firstOf: [{ from: 'json', path: ['object'] }] },
  },
  handshakes: [
    {
      name: 'hub.challenge',
      when: [
        { is: 'method', method: 'GET' },
        { is: 'equal', at: { from: 'query', name: 'hub.mode' }, to: 'subscribe' },
      ],
      proof: { by: 'verify-token', at: { from: 'query', name: 'hub.verify_token' } },
      reply: { kind: 'text', value: { value: 'echo', at: { from: 'query', name: 'hub.challenge' } } },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 10_000, repeats: 'Ever more rarely for up to 36 hours.' },
};
