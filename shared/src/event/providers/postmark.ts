import type { ProviderSource } from '../provider.js';

export const postmark: ProviderSource = {
  id: 'postmark',
  title: 'Postmark',
  docs: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
  basis: 'catalogue',
  secret: {
    label: 'user:password',
    madeBy: 'us',
    help: 'Set a secret of the form user:password and put it into the URL at Postmark: https://user:password@….',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'postmark',
    at: { from: 'basic' },
    id: {
      firstOf: [
        [
          { from: 'json', path: ['RecordType'] },
          { from: 'json', path: ['MessageID'] },
        ],
      ],
      required: false,
    },
    type: { firstOf: [{ from: 'json', path: ['RecordType'] }] },
  },
  expects: { answerWithinMs: null, repeats: 'Up to ten times with growing pauses; 403 ends it.' },
  notes: ['Nothing is signed: the password travels with every delivery.'],
};
