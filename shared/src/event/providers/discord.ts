import type { ProviderSource } from '../provider.js';

export const discord: ProviderSource = {
  id: 'discord',
  title: 'Discord',
  docs: 'https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint',
  basis: 'source',
  secret: { label: 'Public key', madeBy: 'provider', help: 'From "General Information" of the Discord application.' },
  scheme: {
    kind: 'public-key',
    name: 'discord',
    algorithm: 'ed25519',
    encoding: 'hex',
    key: { from: 'secret', form: 'raw-hex' },
    signature: { at: { from: 'header', name: 'x-signature-ed25519' } },
    content: [{ part: 'timestamp' }, { part: 'body' }],
    timestamp: { at: { from: 'header', name: 'x-signature-timestamp' }, unit: 'seconds', toleranceMs: 300_000 },
    id: { firstOf: [[{ from: 'json', path: ['id'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['event', 'type'] }] },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'ping of interactions',
      when: [
        { is: 'equal', at: { from: 'json', path: ['type'] }, to: '1' },
        { is: 'absent', at: { from: 'json', path: ['event', 'type'] } },
      ],
      proof: { by: 'signature' },
      reply: { kind: 'json', fields: { type: { value: 'number', number: 1 } } },
    },
    {
      name: 'ping of webhook events',
      when: [{ is: 'equal', at: { from: 'json', path: ['type'] }, to: '0' }],
      proof: { by: 'signature' },
      reply: { kind: 'headers', status: 204, headers: {} },
    },
  ],
  accepted: [
    { when: [{ is: 'present', at: { from: 'json', path: ['event', 'type'] } }], status: 204 },
    // Deferred: the answer to an interaction follows later.
    { status: 200, contentType: 'application/json', body: '{"type":5}' },
  ],
  expects: { answerWithinMs: 3000, repeats: 'Interactions never; webhook events for up to ten minutes.' },
  notes: ['Discord sends wrong signatures on purpose and takes the address away if one of them is let in.'],
};
