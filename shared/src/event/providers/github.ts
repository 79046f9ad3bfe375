import type { ProviderSource, SampleVector } from '../provider.js';

export const github: ProviderSource = {
  id: 'github',
  title: 'GitHub',
  docs: 'https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries',
  basis: 'source',
  secret: { label: 'Secret', madeBy: 'us', help: 'Paste the trigger’s secret into the webhook’s field "Secret".' },
  scheme: {
    kind: 'hmac',
    name: 'github',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: {
      at: { from: 'header', name: 'x-hub-signature-256' },
      format: { kind: 'plain', prefix: 'sha256=' },
    },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'header', name: 'x-github-delivery' }]] },
    type: { firstOf: [{ from: 'header', name: 'x-github-event' }] },
  },
  handshakes: [
    {
      name: 'ping',
      when: [{ is: 'equal', at: { from: 'header', name: 'x-github-event' }, to: 'ping' }],
      proof: { by: 'signature' },
      reply: { kind: 'headers', status: 204, headers: {} },
    },
  ],
  expects: {
    answerWithinMs: 10_000,
    repeats: 'Never by itself; failed deliveries are asked for again through the API.',
  },
  notes: ['The delivery id and the event’s name are not signed: a repetition is known by its body.'],
};

export const githubSamples: readonly SampleVector[] = [
  {
    what: 'the sample of the documentation',
    secret: "It's a Secret to Everybody",
    headers: {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-github-event': 'issues',
    },
    body: 'Hello, World!',
    nowMs: 1_614_265_330_000,
  },
  {
    what: 'the sample of Octokit',
    secret: 'mysecret',
    headers: {
      'x-hub-signature-256': 'sha256=4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0959',
      'x-github-event': 'push',
    },
    body: '{"foo":"bar"}',
    nowMs: 1_614_265_330_000,
  },
];
