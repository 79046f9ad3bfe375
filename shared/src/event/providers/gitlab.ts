import type { ProviderSource } from '../provider.js';

export const gitlab: ProviderSource = {
  id: 'gitlab',
  title: 'GitLab (secret token)',
  docs: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  basis: 'source',
  secret: { label: 'Secret token', madeBy: 'us', help: 'Paste the trigger’s secret into the webhook’s settings.' },
  scheme: {
    kind: 'shared-secret',
    name: 'gitlab',
    at: { from: 'header', name: 'x-gitlab-token' },
    id: {
      firstOf: [[{ from: 'header', name: 'idempotency-key' }], [{ from: 'header', name: 'x-gitlab-event-uuid' }]],
      required: false,
    },
    type: {
      firstOf: [
        { from: 'json', path: ['object_kind'] },
        { from: 'header', name: 'x-gitlab-event' },
      ],
    },
    dedup: 'id',
  },
  expects: { answerWithinMs: 10_000, repeats: 'Webhooks that fail again and again are switched off for a while.' },
  notes: [
    'The secret travels with every delivery and the body is not signed; choose "GitLab (signing token)" where you can.',
  ],
};
