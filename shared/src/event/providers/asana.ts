import type { ProviderSource } from '../provider.js';

export const asana: ProviderSource = {
  id: 'asana',
  title: 'Asana',
  docs: 'https://developers.asana.com/docs/webhooks-guide',
  basis: 'catalogue',
  secret: {
    label: 'X-Hook-Secret',
    madeBy: 'provider',
    help: 'Asana sends it when the webhook is made, while no secret is set here; it is kept by itself.',
  },
  scheme: {
    kind: 'hmac',
    name: 'asana',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-hook-signature' } },
    content: [{ part: 'body' }],
    type: { firstOf: [{ from: 'json', path: ['events', 0, 'action'] }] },
  },
  handshakes: [
    {
      name: 'X-Hook-Secret',
      when: [
        { is: 'present', at: { from: 'header', name: 'x-hook-secret' } },
        { is: 'absent', at: { from: 'header', name: 'x-hook-signature' } },
      ],
      proof: { by: 'nothing' },
      reply: { kind: 'capture', secret: { from: 'header', name: 'x-hook-secret' }, echoHeader: 'x-hook-secret' },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 10_000, repeats: 'For up to 24 hours with growing pauses; then the webhook is deleted.' },
};
