import type { ProviderSource } from '../provider.js';

export const jotform: ProviderSource = {
  id: 'jotform',
  title: 'Jotform',
  docs: 'https://www.jotform.com/help/245-how-to-setup-a-webhook-with-jotform/',
  basis: 'catalogue',
  secret: { label: 'None', madeBy: 'nobody', help: 'Jotform proves nothing; only the address is secret.' },
  scheme: {
    kind: 'unsigned',
    name: 'jotform',
    refetch: true,
    id: { firstOf: [[{ from: 'form', name: 'submissionID' }]], required: false },
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 30_000, repeats: 'Never.' },
  notes: ['Let the workflow fetch the submission by its id from Jotform before it believes anything.'],
};
