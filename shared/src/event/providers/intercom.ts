import type { ProviderSource } from '../provider.js';

export const intercom: ProviderSource = {
  id: 'intercom',
  title: 'Intercom',
  docs: 'https://developers.intercom.com/docs/webhooks/setting-up-webhooks',
  basis: 'documentation',
  secret: {
    label: 'Client secret',
    madeBy: 'provider',
    help: 'From "Basic information" of the app in the Developer Hub.',
  },
  scheme: {
    kind: 'hmac',
    name: 'intercom',
    algorithm: 'sha1',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-hub-signature' }, format: { kind: 'plain', prefix: 'sha1=' } },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'json', path: ['id'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['topic'] }] },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'ping',
      when: [{ is: 'equal', at: { from: 'json', path: ['topic'] }, to: 'ping' }],
      proof: { by: 'signature' },
      reply: { kind: 'headers', status: 200, headers: {} },
    },
    {
      name: 'HEAD',
      when: [{ is: 'method', method: 'HEAD' }],
      proof: { by: 'nothing' },
      reply: { kind: 'headers', status: 200, headers: {} },
    },
  ],
  expects: { answerWithinMs: 5000, repeats: 'Once, after a minute; many failures pause, then suspend the webhook.' },
};
