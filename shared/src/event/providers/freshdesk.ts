import type { ProviderSource } from '../provider.js';

export const freshdesk: ProviderSource = {
  id: 'freshdesk',
  title: 'Freshdesk',
  docs: 'https://support.freshdesk.com/support/solutions/articles/132589-using-webhooks-in-automation-rules',
  basis: 'catalogue',
  secret: {
    label: 'user:password',
    madeBy: 'us',
    help: 'Set a secret of the form user:password and tick "Requires authentication" in the rule.',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'freshdesk',
    at: { from: 'basic' },
    dedup: 'none',
  },
  expects: { answerWithinMs: null, repeats: 'For a while, every half hour.' },
  notes: ['Nothing is signed: the password travels with every delivery.'],
};
