import type { ProviderSource } from '../provider.js';

export const microsoftGraph: ProviderSource = {
  id: 'microsoft-graph',
  title: 'Microsoft Graph',
  docs: 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks',
  basis: 'documentation',
  secret: { label: 'clientState', madeBy: 'us', help: 'Set it as clientState when you make the subscription.' },
  scheme: {
    kind: 'shared-secret',
    name: 'microsoft-graph',
    at: { from: 'json-each', list: ['value'], path: ['clientState'] },
    type: { firstOf: [{ from: 'json', path: ['value', 0, 'changeType'] }] },
  },
  handshakes: [
    {
      name: 'validationToken',
      when: [
        { is: 'method', method: 'POST' },
        { is: 'present', at: { from: 'query', name: 'validationToken' } },
      ],
      proof: { by: 'nothing' },
      reply: { kind: 'text', value: { value: 'echo', at: { from: 'query', name: 'validationToken' } } },
    },
  ],
  accepted: [{ status: 202 }],
  expects: {
    answerWithinMs: 10_000,
    repeats: 'For about four hours. Subscriptions end by themselves and must be renewed.',
  },
  notes: [
    'The secret stands in the body of every notification: it proves that the sender knows it, nothing about the body.',
    'Rich notifications also carry tokens of Microsoft’s; they are not looked at.',
  ],
};
