import type { ProviderSource } from '../provider.js';

export const sendgrid: ProviderSource = {
  id: 'sendgrid',
  title: 'SendGrid Event Webhook',
  docs: 'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
  basis: 'catalogue',
  secret: { label: 'Verification key', madeBy: 'provider', help: 'The public key from the Event Webhook’s settings.' },
  scheme: {
    kind: 'public-key',
    name: 'sendgrid',
    algorithm: 'ecdsa-p256-sha256',
    encoding: 'base64',
    key: { from: 'secret', form: 'spki-base64' },
    signature: { at: { from: 'header', name: 'x-twilio-email-event-webhook-signature' } },
    content: [{ part: 'timestamp' }, { part: 'body' }],
    timestamp: {
      at: { from: 'header', name: 'x-twilio-email-event-webhook-timestamp' },
      unit: 'seconds',
      toleranceMs: 300_000,
    },
    type: { firstOf: [{ from: 'json', path: [0, 'event'] }] },
  },
  expects: { answerWithinMs: 10_000, repeats: 'For up to 24 hours.' },
  notes: ['The body is a list of events; a repetition is known by the whole list.'],
};
