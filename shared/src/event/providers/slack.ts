import type { ProviderSource, SampleVector } from '../provider.js';

export const slack: ProviderSource = {
  id: 'slack',
  title: 'Slack',
  docs: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
  basis: 'source',
  secret: { label: 'Signing Secret', madeBy: 'provider', help: 'From "Basic Information" of the Slack app.' },
  scheme: {
    kind: 'hmac',
    name: 'slack',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-slack-signature' }, format: { kind: 'plain', prefix: 'v0=' } },
    content: [
      { part: 'constant', text: 'v0:' },
      { part: 'timestamp' },
      { part: 'constant', text: ':' },
      { part: 'body' },
    ],
    timestamp: {
      at: { from: 'header', name: 'x-slack-request-timestamp' },
      unit: 'seconds',
      toleranceMs: 300_000,
    },
    id: {
      firstOf: [[{ from: 'json', path: ['event_id'] }], [{ from: 'form', name: 'trigger_id' }]],
      required: false,
    },
    type: {
      firstOf: [
        { from: 'json', path: ['event', 'type'] },
        { from: 'form', name: 'command' },
      ],
    },
    dedup: 'id',
  },
  handshakes: [
    {
      name: 'url_verification',
      when: [{ is: 'equal', at: { from: 'json', path: ['type'] }, to: 'url_verification' }],
      proof: { by: 'signature' },
      reply: { kind: 'text', value: { value: 'echo', at: { from: 'json', path: ['challenge'] } } },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 3000, repeats: 'Three times: at once, after a minute, after five minutes.' },
};

export const slackSamples: readonly SampleVector[] = [
  {
    what: 'the sample of the documentation',
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    headers: {
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      'x-slack-request-timestamp': '1531420618',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body:
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
      '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com' +
      '%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    nowMs: 1_531_420_620_000,
  },
];
