import type { ProviderSource } from '../provider.js';

export const wise: ProviderSource = {
  id: 'wise',
  title: 'Wise',
  docs: 'https://docs.wise.com/guides/developer/webhooks/event-handling',
  basis: 'catalogue',
  secret: {
    label: 'Public key (PEM)',
    madeBy: 'provider',
    help: 'Wise publishes one for the sandbox and one for production.',
  },
  scheme: {
    kind: 'public-key',
    name: 'wise',
    algorithm: 'rsa-sha256',
    encoding: 'base64',
    key: { from: 'secret', form: 'pem' },
    signature: { at: { from: 'header', name: 'x-signature-sha256' } },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'header', name: 'x-delivery-id' }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['event_type'] }] },
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 5000, repeats: 'Up to 25 times over two weeks.' },
  notes: ['No time is signed, and Wise repeats for longer than repetitions are known: make the workflow idempotent.'],
};
