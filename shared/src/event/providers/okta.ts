import type { ProviderSource } from '../provider.js';

export const okta: ProviderSource = {
  id: 'okta',
  title: 'Okta event hooks',
  docs: 'https://developer.okta.com/docs/concepts/event-hooks/',
  basis: 'documentation',
  secret: {
    label: 'Authentication secret',
    madeBy: 'us',
    help: 'Paste it with "Authorization" as authentication field.',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'okta',
    at: { from: 'header', name: 'authorization' },
    id: { firstOf: [[{ from: 'json', path: ['eventId'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['data', 'events', 0, 'eventType'] }] },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'verification challenge',
      when: [
        { is: 'method', method: 'GET' },
        { is: 'present', at: { from: 'header', name: 'x-okta-verification-challenge' } },
      ],
      proof: { by: 'nothing' },
      reply: {
        kind: 'json',
        fields: {
          verification: { value: 'echo', at: { from: 'header', name: 'x-okta-verification-challenge' } },
        },
      },
    },
  ],
  accepted: [{ status: 204 }],
  expects: { answerWithinMs: 3000, repeats: 'Once.' },
  notes: ['The secret travels with every delivery and the body is not signed.'],
};
