import type { ProviderSource } from '../provider.js';

export const mollie: ProviderSource = {
  id: 'mollie',
  title: 'Mollie',
  docs: 'https://docs.mollie.com/reference/webhooks',
  basis: 'catalogue',
  secret: { label: 'None', madeBy: 'nobody', help: 'Mollie proves nothing; only the address is secret.' },
  scheme: {
    kind: 'unsigned',
    name: 'mollie',
    refetch: true,
    requires: [{ is: 'present', at: { from: 'form', name: 'id' } }],
    id: { firstOf: [[{ from: 'form', name: 'id' }]] },
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 15_000, repeats: 'Up to ten times over 26 hours.' },
  notes: ['The delivery only names a payment: let the workflow fetch it from Mollie before it believes anything.'],
};
