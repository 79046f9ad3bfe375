import type { ProviderSource } from '../provider.js';

/** The characters that HubSpot signs decoded. */
const DECODED = [':', '/', '?', '@', '!', '$', "'", '(', ')', '*', ',', ';'];

export const hubspot: ProviderSource = {
  id: 'hubspot',
  title: 'HubSpot',
  docs: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation',
  basis: 'source',
  secret: { label: 'Client secret', madeBy: 'provider', help: 'The client secret of the HubSpot app.' },
  scheme: {
    kind: 'hmac',
    name: 'hubspot-v3',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-hubspot-signature-v3' } },
    content: [{ part: 'method' }, { part: 'url', decoded: DECODED }, { part: 'body' }, { part: 'timestamp' }],
    timestamp: {
      at: { from: 'header', name: 'x-hubspot-request-timestamp' },
      unit: 'milliseconds',
      toleranceMs: 300_000,
    },
    type: { firstOf: [{ from: 'json', path: [0, 'subscriptionType'] }] },
  },
  expects: { answerWithinMs: 5000, repeats: 'Up to ten times over about a day.' },
  notes: [
    'Older signatures (v1, v2) of the same request are not looked at: nobody can choose the weaker one.',
    'The body is a list of events; a repetition is known by the whole list.',
  ],
};
