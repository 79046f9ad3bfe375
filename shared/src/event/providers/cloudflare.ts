import type { ProviderSource } from '../provider.js';

export const cloudflare: ProviderSource = {
  id: 'cloudflare',
  title: 'Cloudflare notifications',
  docs: 'https://developers.cloudflare.com/notifications/get-started/configure-webhooks/',
  basis: 'catalogue',
  secret: { label: 'Secret', madeBy: 'us', help: 'Paste the trigger’s secret into the destination’s settings.' },
  scheme: {
    kind: 'shared-secret',
    name: 'cloudflare',
    at: { from: 'header', name: 'cf-webhook-auth' },
    type: { firstOf: [{ from: 'json', path: ['alert_type'] }] },
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 10_000, repeats: 'A few times.' },
  notes: ['The secret travels with every delivery and the body is not signed.'],
};
