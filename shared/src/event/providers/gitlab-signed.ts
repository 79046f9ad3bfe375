import type { ProviderSource } from '../provider.js';
import { STANDARD_REPEATS, standardScheme } from './standard-webhooks.js';

export const gitlabSigned: ProviderSource = {
  id: 'gitlab-signed',
  title: 'GitLab (signing token)',
  docs: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  basis: 'source',
  secret: {
    label: 'Signing secret (whsec_…)',
    madeBy: 'provider',
    help: 'Made by GitLab with the webhook; choose this over the plain secret token.',
  },
  scheme: { ...standardScheme('webhook'), type: { firstOf: [{ from: 'json', path: ['object_kind'] }] } },
  expects: { answerWithinMs: 15_000, repeats: STANDARD_REPEATS },
};
