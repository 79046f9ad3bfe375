import type { ProviderSource } from '../provider.js';

export const chargebee: ProviderSource = {
  id: 'chargebee',
  title: 'Chargebee',
  docs: 'https://www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings',
  basis: 'catalogue',
  secret: {
    label: 'user:password',
    madeBy: 'us',
    help: 'Set a secret of the form user:password and enter both under "Protect webhook URL with basic authentication".',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'chargebee',
    at: { from: 'basic' },
    id: { firstOf: [[{ from: 'json', path: ['id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['event_type'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: null, repeats: 'Up to seven times over about three days.' },
  notes: ['Nothing is signed: the password travels with every delivery.'],
};
