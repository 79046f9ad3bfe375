import type { ProviderSource } from '../provider.js';
import { STANDARD_REPEATS, standardScheme } from './standard-webhooks.js';

export const clerk: ProviderSource = {
  id: 'clerk',
  title: 'Clerk',
  docs: 'https://clerk.com/docs/webhooks/overview',
  basis: 'source',
  secret: {
    label: 'Signing secret (whsec_…)',
    madeBy: 'provider',
    help: 'From the page of the endpoint in the Clerk dashboard.',
  },
  scheme: standardScheme('svix'),
  expects: { answerWithinMs: 15_000, repeats: STANDARD_REPEATS },
};
