import type { ProviderSource } from '../provider.js';

export const notion: ProviderSource = {
  id: 'notion',
  title: 'Notion',
  docs: 'https://developers.notion.com/reference/webhooks',
  basis: 'source',
  secret: {
    label: 'verification_token',
    madeBy: 'provider',
    help: 'Notion sends it in its first request while no secret is set here; paste it into the form at Notion.',
  },
  scheme: {
    kind: 'hmac',
    name: 'notion',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-notion-signature' }, format: { kind: 'plain', prefix: 'sha256=' } },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'json', path: ['id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['type'] }] },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'verification_token',
      when: [
        { is: 'present', at: { from: 'json', path: ['verification_token'] } },
        { is: 'absent', at: { from: 'header', name: 'x-notion-signature' } },
      ],
      proof: { by: 'nothing' },
      reply: { kind: 'capture', secret: { from: 'json', path: ['verification_token'] }, echoHeader: null },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: null, repeats: 'Up to eight times over about a day.' },
};
