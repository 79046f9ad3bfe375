import type { ProviderSource } from '../provider.js';

export const mailchimp: ProviderSource = {
  id: 'mailchimp',
  title: 'Mailchimp',
  docs: 'https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/',
  basis: 'catalogue',
  secret: {
    label: 'Secret in the URL',
    madeBy: 'us',
    help: 'Add ?secret= and the trigger’s secret to the URL that you enter at Mailchimp.',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'mailchimp',
    at: { from: 'query', name: 'secret' },
    type: { firstOf: [{ from: 'form', name: 'type' }] },
  },
  handshakes: [
    {
      name: 'GET of the address',
      when: [{ is: 'method', method: 'GET' }],
      proof: { by: 'nothing' },
      reply: { kind: 'headers', status: 200, headers: {} },
    },
  ],
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 10_000, repeats: 'For up to 75 minutes with growing pauses.' },
  notes: ['Nothing is signed: the secret stands in the URL, and may show in the logs of proxies.'],
};
