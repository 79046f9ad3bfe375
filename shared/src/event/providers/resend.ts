import type { ProviderSource } from '../provider.js';
import { STANDARD_REPEATS, standardScheme } from './standard-webhooks.js';

export const resend: ProviderSource = {
  id: 'resend',
  title: 'Resend',
  docs: 'https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests',
  basis: 'source',
  secret: {
    label: 'Signing secret (whsec_…)',
    madeBy: 'provider',
    help: 'From the page of the webhook in the Resend dashboard.',
  },
  scheme: standardScheme('svix'),
  expects: { answerWithinMs: 15_000, repeats: STANDARD_REPEATS },
};
