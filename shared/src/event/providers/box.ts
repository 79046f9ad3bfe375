import type { ProviderSource } from '../provider.js';

export const box: ProviderSource = {
  id: 'box',
  title: 'Box',
  docs: 'https://developer.box.com/guides/webhooks/v2/signatures-v2/',
  basis: 'catalogue',
  secret: {
    label: 'Primary or secondary signature key',
    madeBy: 'provider',
    help: 'From the webhooks tab of the Box app.',
  },
  scheme: {
    kind: 'hmac',
    name: 'box',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'headers', names: ['box-signature-primary', 'box-signature-secondary'] } },
    requires: [
      { is: 'equal', at: { from: 'header', name: 'box-signature-version' }, to: '1' },
      { is: 'equal', at: { from: 'header', name: 'box-signature-algorithm' }, to: 'HmacSHA256' },
    ],
    content: [{ part: 'body' }, { part: 'text', at: { from: 'header', name: 'box-delivery-timestamp' } }],
    timestamp: { at: { from: 'header', name: 'box-delivery-timestamp' }, unit: 'iso', toleranceMs: 600_000 },
    id: { firstOf: [[{ from: 'json', path: ['id'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['trigger'] }] },
    dedup: 'id',
  },
  expects: { answerWithinMs: 30_000, repeats: 'Up to ten times with growing pauses.' },
};
