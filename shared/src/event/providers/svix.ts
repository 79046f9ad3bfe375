import type { ProviderSource } from '../provider.js';
import { STANDARD_REPEATS, standardScheme } from './standard-webhooks.js';

export const svix: ProviderSource = {
  id: 'svix',
  title: 'Svix',
  docs: 'https://docs.svix.com/receiving/verifying-payloads/how-manual',
  basis: 'source',
  secret: {
    label: 'Signing secret (whsec_…)',
    madeBy: 'provider',
    help: 'From the page of the endpoint at the sender.',
  },
  scheme: standardScheme('svix'),
  expects: { answerWithinMs: 15_000, repeats: STANDARD_REPEATS },
};
