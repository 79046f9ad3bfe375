import type { ProviderSource } from '../provider.js';

export const google: ProviderSource = {
  id: 'google',
  title: 'Google (Drive, Calendar)',
  docs: 'https://developers.google.com/workspace/drive/api/guides/push',
  basis: 'documentation',
  secret: { label: 'Channel token', madeBy: 'us', help: 'Give it as token when you make the notification channel.' },
  scheme: {
    kind: 'shared-secret',
    name: 'google',
    at: { from: 'header', name: 'x-goog-channel-token' },
    id: {
      firstOf: [
        [
          { from: 'header', name: 'x-goog-channel-id' },
          { from: 'header', name: 'x-goog-message-number' },
        ],
      ],
    },
    type: { firstOf: [{ from: 'header', name: 'x-goog-resource-state' }] },
    dedup: 'id',
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 10_000, repeats: 'With growing pauses for 5xx.' },
  notes: [
    'The delivery has no body and only says that something changed; let the workflow fetch what. Channels end and must be renewed.',
  ],
};
