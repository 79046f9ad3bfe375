import type { ProviderSource } from '../provider.js';

export const zoom: ProviderSource = {
  id: 'zoom',
  title: 'Zoom',
  docs: 'https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events',
  basis: 'documentation',
  secret: { label: 'Secret token', madeBy: 'provider', help: 'From "Feature" of the Zoom app.' },
  scheme: {
    kind: 'hmac',
    name: 'zoom',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-zm-signature' }, format: { kind: 'plain', prefix: 'v0=' } },
    content: [
      { part: 'constant', text: 'v0:' },
      { part: 'timestamp' },
      { part: 'constant', text: ':' },
      { part: 'body' },
    ],
    timestamp: { at: { from: 'header', name: 'x-zm-request-timestamp' }, unit: 'seconds', toleranceMs: 300_000 },
    type: { firstOf: [{ from: 'json', path: ['event'] }] },
  },
  handshakes: [
    {
      name: 'endpoint.url_validation',
      when: [{ is: 'equal', at: { from: 'json', path: ['event'] }, to: 'endpoint.url_validation' }],
      proof: { by: 'signature' },
      reply: {
        kind: 'json',
        fields: {
          plainToken: { value: 'echo', at: { from: 'json', path: ['payload', 'plainToken'] } },
          encryptedToken: {
            value: 'hmac-sha256',
            at: { from: 'json', path: ['payload', 'plainToken'] },
            encoding: 'hex',
          },
        },
      },
    },
  ],
  accepted: [{ status: 204 }],
  expects: {
    answerWithinMs: 3000,
    repeats: 'Three times: after 5, 30 and 90 minutes. The address is checked again every 72 hours.',
  },
};
