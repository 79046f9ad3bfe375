import type { ProviderSource, SampleVector } from '../provider.js';

export const twilio: ProviderSource = {
  id: 'twilio',
  title: 'Twilio',
  docs: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
  basis: 'source',
  secret: { label: 'Auth token', madeBy: 'provider', help: 'The primary auth token of the account.' },
  scheme: {
    kind: 'hmac',
    name: 'twilio',
    algorithm: 'sha1',
    encoding: 'base64',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-twilio-signature' } },
    content: {
      firstOf: [
        {
          when: [{ is: 'present', at: { from: 'query', name: 'bodySHA256' } }],
          parts: [{ part: 'url', variants: true }],
          bodyHash: { at: { from: 'query', name: 'bodySHA256' }, encoding: 'hex' },
        },
        { when: [], parts: [{ part: 'url', variants: true }, { part: 'form-sorted' }] },
      ],
    },
    id: {
      firstOf: [
        [
          { from: 'form', name: 'MessageSid' },
          { from: 'form', name: 'MessageStatus' },
        ],
        [
          { from: 'form', name: 'CallSid' },
          { from: 'form', name: 'CallStatus' },
        ],
      ],
      required: false,
    },
    type: {
      firstOf: [
        { from: 'form', name: 'MessageStatus' },
        { from: 'form', name: 'CallStatus' },
      ],
    },
    dedup: 'body',
  },
  accepted: [{ status: 204 }],
  expects: { answerWithinMs: 15_000, repeats: 'Once, where the webhook’s settings ask for it.' },
  notes: [
    'The URL is signed as Twilio called it: the public address of the installation (PUBLIC_URL) must be that address.',
    'No time is signed: a captured request is known again by its body, for as long as repetitions are.',
  ],
};

const FORM = {
  secret: '12345',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212',
  nowMs: 1_614_265_330_000,
};

export const twilioSamples: readonly SampleVector[] = [
  {
    ...FORM,
    what: 'the sample of the SDK with form fields',
    url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
    headers: { ...FORM.headers, 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' },
  },
  {
    ...FORM,
    what: 'the sample of the SDK over http with a port',
    url: 'http://mycompany.com:1234/myapp.php?foo=1&bar=2',
    headers: { ...FORM.headers, 'x-twilio-signature': 'Zmvh+3yNM1Phv2jhDCwEM3q5ebU=' },
  },
  {
    what: 'the sample of the SDK with a JSON body',
    secret: '12345',
    url: 'https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620',
    headers: { 'content-type': 'application/json', 'x-twilio-signature': 'a9nBmqA0ju/hNViExpshrM61xv4=' },
    body: '{"property": "value", "boolean": true}',
    nowMs: 1_614_265_330_000,
  },
];
