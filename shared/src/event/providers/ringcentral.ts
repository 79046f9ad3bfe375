import type { ProviderSource } from '../provider.js';

export const ringcentral: ProviderSource = {
  id: 'ringcentral',
  title: 'RingCentral',
  docs: 'https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks',
  basis: 'catalogue',
  secret: {
    label: 'Verification token',
    madeBy: 'us',
    help: 'Give it as verificationToken when you make the subscription.',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'ringcentral',
    at: { from: 'header', name: 'verification-token' },
    id: { firstOf: [[{ from: 'json', path: ['uuid'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['event'] }] },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'Validation-Token',
      when: [{ is: 'present', at: { from: 'header', name: 'validation-token' } }],
      proof: { by: 'nothing' },
      reply: {
        kind: 'headers',
        status: 200,
        headers: { 'validation-token': { value: 'echo', at: { from: 'header', name: 'validation-token' } } },
      },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 3000, repeats: 'Ten times; then the subscription is blacklisted.' },
  notes: ['The token travels with every delivery and the body is not signed.'],
};
