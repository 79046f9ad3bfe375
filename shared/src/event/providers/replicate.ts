import type { ProviderSource } from '../provider.js';
import { STANDARD_REPEATS, standardScheme } from './standard-webhooks.js';

export const replicate: ProviderSource = {
  id: 'replicate',
  title: 'Replicate',
  docs: 'https://replicate.com/docs/topics/webhooks/verify-webhook',
  basis: 'source',
  secret: {
    label: 'Signing secret (whsec_…)',
    madeBy: 'provider',
    help: 'From the API: the default webhook signing secret of the account.',
  },
  scheme: standardScheme('webhook'),
  expects: { answerWithinMs: 15_000, repeats: STANDARD_REPEATS },
};
