import type { ProviderSource } from '../provider.js';

export const telnyx: ProviderSource = {
  id: 'telnyx',
  title: 'Telnyx',
  docs: 'https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks',
  basis: 'catalogue',
  secret: { label: 'Public key', madeBy: 'provider', help: 'From "Keys & credentials" of the portal.' },
  scheme: {
    kind: 'public-key',
    name: 'telnyx',
    algorithm: 'ed25519',
    encoding: 'base64',
    key: { from: 'secret', form: 'raw-base64' },
    signature: { at: { from: 'header', name: 'telnyx-signature-ed25519' } },
    content: [{ part: 'timestamp' }, { part: 'constant', text: '|' }, { part: 'body' }],
    timestamp: { at: { from: 'header', name: 'telnyx-timestamp' }, unit: 'seconds', toleranceMs: 300_000 },
    id: { firstOf: [[{ from: 'json', path: ['data', 'id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['data', 'event_type'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 2000, repeats: 'Three times, then three times to the second address.' },
};
