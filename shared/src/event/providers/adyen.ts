import type { ProviderSource } from '../provider.js';
import type { SchemeSource } from '../scheme.js';

type Part = Extract<Extract<SchemeSource, { kind: 'hmac' }>['content'], readonly unknown[]>[number];

const field = (...path: string[]) => ({
  from: 'json' as const,
  path: ['notificationItems', 0, 'NotificationRequestItem', ...path],
});
const signed = (optional: boolean, ...path: string[]): Part => ({ part: 'text', at: field(...path), optional });
const COLON: Part = { part: 'constant', text: ':' };

export const adyen: ProviderSource = {
  id: 'adyen',
  title: 'Adyen',
  docs: 'https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/',
  basis: 'catalogue',
  secret: {
    label: 'HMAC key',
    madeBy: 'provider',
    help: 'Generated on the webhook’s page in the Customer Area, hexadecimal.',
  },
  scheme: {
    kind: 'hmac',
    name: 'adyen',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { encoding: 'hex' },
    signature: { at: field('additionalData', 'hmacSignature') },
    // One notification in a request, as Adyen sends them; the signature covers the first.
    requires: [
      {
        is: 'absent',
        at: { from: 'json', path: ['notificationItems', 1, 'NotificationRequestItem', 'pspReference'] },
      },
    ],
    content: [
      signed(false, 'pspReference'),
      COLON,
      signed(true, 'originalReference'),
      COLON,
      signed(false, 'merchantAccountCode'),
      COLON,
      signed(true, 'merchantReference'),
      COLON,
      signed(false, 'amount', 'value'),
      COLON,
      signed(false, 'amount', 'currency'),
      COLON,
      signed(false, 'eventCode'),
      COLON,
      signed(false, 'success'),
    ],
    id: { firstOf: [[field('eventCode'), field('pspReference'), field('success')]] },
    type: { firstOf: [field('eventCode')] },
    dedup: 'id',
    unsignedBody: true,
  },
  accepted: [{ status: 200, contentType: 'text/plain', body: '[accepted]' }],
  expects: { answerWithinMs: 10_000, repeats: 'For up to 30 days with growing pauses.' },
  notes: [
    'Of the body, Adyen signs the references, the amount, the event and its success; nothing else of it is proved.',
  ],
};
