import type { ProviderSource, SampleVector } from '../provider.js';

export const paddle: ProviderSource = {
  id: 'paddle',
  title: 'Paddle',
  docs: 'https://developer.paddle.com/webhooks/signature-verification',
  basis: 'source',
  secret: {
    label: 'Endpoint secret key',
    madeBy: 'provider',
    help: 'From the notification destination’s page at Paddle.',
  },
  scheme: {
    kind: 'hmac',
    name: 'paddle',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: {
      at: { from: 'header', name: 'paddle-signature' },
      format: { kind: 'fields', separator: ';', assign: '=', field: 'h1' },
    },
    content: [{ part: 'timestamp' }, { part: 'constant', text: ':' }, { part: 'body' }],
    timestamp: { at: { from: 'signature-field', name: 'ts' }, unit: 'seconds', toleranceMs: 300_000 },
    id: { firstOf: [[{ from: 'json', path: ['event_id'] }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['event_type'] }] },
    dedup: 'id',
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 5000, repeats: 'Sixty times over three days.' },
  notes: ['Paddle’s own library allows five seconds; slow networks and clocks need more, so here it is five minutes.'],
};

export const paddleSamples: readonly SampleVector[] = [
  {
    what: 'the sample of the SDK',
    secret: 'VALID_SECRET',
    headers: {
      'paddle-signature': 'ts=1698796800;h1=a300428748dce5c70e4da19bffd60769591ea969c99dea3105d0ec9612cf43f9',
    },
    body: '{"data": ["1", "2"]}',
    nowMs: 1_698_796_800_000,
  },
];
