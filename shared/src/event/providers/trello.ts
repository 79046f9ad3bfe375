import type { ProviderSource } from '../provider.js';

export const trello: ProviderSource = {
  id: 'trello',
  title: 'Trello',
  docs: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures',
  basis: 'catalogue',
  secret: { label: 'Application secret', madeBy: 'provider', help: 'From the page of the Power-Up’s API key.' },
  scheme: {
    kind: 'hmac',
    name: 'trello',
    algorithm: 'sha1',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-trello-webhook' } },
    content: [{ part: 'body' }, { part: 'url' }],
    id: { firstOf: [[{ from: 'json', path: ['action', 'id'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['action', 'type'] }] },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'HEAD',
      when: [{ is: 'method', method: 'HEAD' }],
      proof: { by: 'nothing' },
      reply: { kind: 'headers', status: 200, headers: {} },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: null, repeats: 'Three times: after 30, 60 and 120 seconds; 410 deletes the webhook.' },
  notes: ['The callback URL is signed: the public address of the installation (PUBLIC_URL) must be part of it.'],
};
