import type { ProviderSource } from '../provider.js';

export const contentful: ProviderSource = {
  id: 'contentful',
  title: 'Contentful',
  docs: 'https://www.contentful.com/developers/docs/extensibility/app-framework/request-verification/',
  basis: 'knowledge',
  secret: {
    label: 'Signing secret',
    madeBy: 'provider',
    help: 'From the security page of the app or the webhooks’ settings.',
  },
  scheme: {
    kind: 'hmac',
    name: 'contentful',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-contentful-signature' } },
    content: [
      { part: 'method' },
      { part: 'constant', text: '\n' },
      { part: 'path' },
      { part: 'constant', text: '\n' },
      {
        part: 'listed-headers',
        listedIn: 'x-contentful-signed-headers',
        listSeparator: ',',
        assign: ':',
        join: ';',
        required: ['x-contentful-timestamp'],
        most: 30,
      },
      { part: 'constant', text: '\n' },
      { part: 'body' },
    ],
    timestamp: { at: { from: 'header', name: 'x-contentful-timestamp' }, unit: 'milliseconds', toleranceMs: 300_000 },
    id: { firstOf: [[{ from: 'header', name: 'x-contentful-idempotency-key' }]], required: false },
    type: { firstOf: [{ from: 'header', name: 'x-contentful-topic' }] },
  },
  expects: { answerWithinMs: 30_000, repeats: 'Twice, for answers of 429 and 5xx.' },
};
