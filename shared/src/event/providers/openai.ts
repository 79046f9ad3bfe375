import type { ProviderSource } from '../provider.js';
import { STANDARD_REPEATS, standardScheme } from './standard-webhooks.js';

export const openai: ProviderSource = {
  id: 'openai',
  title: 'OpenAI',
  docs: 'https://platform.openai.com/docs/guides/webhooks',
  basis: 'source',
  secret: {
    label: 'Signing secret (whsec_…)',
    madeBy: 'provider',
    help: 'Shown once when the endpoint is made in the project settings.',
  },
  scheme: standardScheme('webhook'),
  expects: { answerWithinMs: 15_000, repeats: STANDARD_REPEATS },
};
