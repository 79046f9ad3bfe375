import type { ProviderSource } from '../provider.js';

const header = (name: string) => ({ from: 'header', name }) as const;
const BAR = { part: 'constant', text: '|' } as const;

export const paypal: ProviderSource = {
  id: 'paypal',
  title: 'PayPal',
  docs: 'https://developer.paypal.com/api/rest/webhooks/rest/#link-messagesignature',
  basis: 'documentation',
  secret: {
    label: 'Webhook ID',
    madeBy: 'provider',
    help: 'From the app’s webhook in the PayPal developer dashboard.',
  },
  scheme: {
    kind: 'public-key',
    name: 'paypal',
    algorithm: { at: header('paypal-auth-algo'), values: { SHA256withRSA: 'rsa-sha256' } },
    encoding: 'base64',
    key: {
      from: 'certificate',
      url: header('paypal-cert-url'),
      pin: { hosts: ['api.paypal.com', 'api.sandbox.paypal.com'], pathPrefix: '/v1/notifications/certs/' },
    },
    signature: { at: header('paypal-transmission-sig') },
    content: [
      { part: 'text', at: header('paypal-transmission-id') },
      BAR,
      { part: 'timestamp' },
      BAR,
      { part: 'secret' },
      BAR,
      { part: 'body-crc32' },
    ],
    timestamp: { at: header('paypal-transmission-time'), unit: 'iso', toleranceMs: 259_200_000 },
    id: { firstOf: [[{ from: 'json', path: ['id'] }]] },
    type: { firstOf: [{ from: 'json', path: ['event_type'] }] },
    dedup: 'id',
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 30_000, repeats: 'Up to 25 times over three days.' },
  notes: [
    'PayPal signs a checksum of the body (CRC-32), which can be forged by whoever holds a genuine delivery; look important facts up at PayPal.',
    'The certificate is fetched from PayPal’s own hosts only.',
  ],
};
