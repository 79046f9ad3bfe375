import type { ProviderSource } from '../provider.js';

export const cloudevents: ProviderSource = {
  id: 'cloudevents',
  title: 'CloudEvents webhook',
  docs: 'https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md',
  basis: 'documentation',
  secret: { label: 'Bearer token', madeBy: 'us', help: 'The sender puts it into the header Authorization: Bearer ….' },
  scheme: {
    kind: 'shared-secret',
    name: 'cloudevents',
    at: { from: 'bearer' },
    id: { firstOf: [[{ from: 'header', name: 'ce-id' }], [{ from: 'json', path: ['id'] }]], required: false },
    type: {
      firstOf: [
        { from: 'header', name: 'ce-type' },
        { from: 'json', path: ['type'] },
      ],
    },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'OPTIONS',
      when: [
        { is: 'method', method: 'OPTIONS' },
        { is: 'present', at: { from: 'header', name: 'webhook-request-origin' } },
      ],
      proof: { by: 'nothing' },
      reply: {
        kind: 'headers',
        status: 200,
        headers: {
          allow: { value: 'constant', text: 'POST' },
          'webhook-allowed-origin': { value: 'echo', at: { from: 'header', name: 'webhook-request-origin' } },
          'webhook-allowed-rate': { value: 'constant', text: '*' },
        },
      },
    },
  ],
  expects: { answerWithinMs: null, repeats: 'As the sender likes; 429 with Retry-After slows it, 410 ends it.' },
  notes: ['The token travels with every delivery and the body is not signed.'],
};
