import type { ProviderSource } from '../provider.js';

export const jira: ProviderSource = {
  id: 'jira',
  title: 'Jira Cloud',
  docs: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks',
  basis: 'documentation',
  secret: {
    label: 'Secret',
    madeBy: 'us',
    help: 'Paste the trigger’s secret into the webhook in the system settings.',
  },
  scheme: {
    kind: 'hmac',
    name: 'jira',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'x-hub-signature' }, format: { kind: 'plain', prefix: 'sha256=' } },
    content: [{ part: 'body' }],
    id: { firstOf: [[{ from: 'header', name: 'x-atlassian-webhook-identifier' }]], required: false },
    type: { firstOf: [{ from: 'json', path: ['webhookEvent'] }] },
  },
  expects: { answerWithinMs: 20_000, repeats: 'Up to five times with pauses of five to fifteen minutes.' },
  notes: ['Webhooks that an app registers carry no such signature; make the webhook in the system settings.'],
};
