import type { ProviderSource } from '../provider.js';

export const mailgun: ProviderSource = {
  id: 'mailgun',
  title: 'Mailgun',
  docs: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
  basis: 'catalogue',
  secret: { label: 'HTTP webhook signing key', madeBy: 'provider', help: 'From the account’s API security page.' },
  scheme: {
    kind: 'hmac',
    name: 'mailgun',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'json', path: ['signature', 'signature'] } },
    content: [{ part: 'timestamp' }, { part: 'id' }],
    timestamp: { at: { from: 'json', path: ['signature', 'timestamp'] }, unit: 'seconds', toleranceMs: 900_000 },
    id: { firstOf: [[{ from: 'json', path: ['signature', 'token'] }]] },
    type: { firstOf: [{ from: 'json', path: ['event-data', 'event'] }] },
    dedup: 'id',
    unsignedBody: true,
  },
  expects: { answerWithinMs: 10_000, repeats: 'For eight hours with growing pauses; 406 ends it.' },
  notes: [
    'Mailgun signs a time and a token, not the body. Each token is let in once, so a captured one is of no use; look important facts up at Mailgun.',
  ],
};
