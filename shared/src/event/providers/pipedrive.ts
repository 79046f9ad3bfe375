import type { ProviderSource } from '../provider.js';

export const pipedrive: ProviderSource = {
  id: 'pipedrive',
  title: 'Pipedrive',
  docs: 'https://pipedrive.readme.io/docs/guide-for-webhooks-v2',
  basis: 'catalogue',
  secret: {
    label: 'user:password',
    madeBy: 'us',
    help: 'Set a secret of the form user:password and enter both in the webhook’s settings.',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'pipedrive',
    at: { from: 'basic' },
    id: { firstOf: [[{ from: 'json', path: ['meta', 'id'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['meta', 'action'] }] },
  },
  expects: { answerWithinMs: null, repeats: 'Three times: after 3, 30 and 150 seconds.' },
  notes: ['Nothing is signed: the password travels with every delivery.'],
};
