import type { ProviderSource } from '../provider.js';

export const netlify: ProviderSource = {
  id: 'netlify',
  title: 'Netlify',
  docs: 'https://docs.netlify.com/deploy/deploy-notifications/#payload-signature',
  basis: 'catalogue',
  secret: {
    label: 'JWS secret token',
    madeBy: 'us',
    help: 'Paste the trigger’s secret into the notification’s settings.',
  },
  scheme: {
    kind: 'jwt',
    name: 'netlify',
    token: { from: 'header', name: 'x-webhook-signature' },
    algorithms: ['HS256'],
    key: { from: 'secret', form: 'utf8' },
    bodyHash: { claim: 'sha256', encoding: 'hex' },
    requires: [{ is: 'equal', at: { from: 'claim', name: 'iss' }, to: 'netlify' }],
    type: { firstOf: [{ from: 'json', path: ['state'] }] },
  },
  expects: { answerWithinMs: null, repeats: 'A notification that fails six times is switched off.' },
  notes: ['No time is signed: a captured request is known again by its body, for as long as repetitions are.'],
};
