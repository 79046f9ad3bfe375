import type { ProviderSource } from '../provider.js';

/** No provider: whoever knows the address may call. */
export const none: ProviderSource = {
  id: 'none',
  title: 'None (not safe)',
  docs: 'https://owasp.org/www-project-api-security/',
  basis: 'knowledge',
  secret: { label: 'None', madeBy: 'nobody', help: 'Nothing is proved; only the address is secret.' },
  scheme: { kind: 'unsigned', name: 'none', refetch: false },
  expects: { answerWithinMs: null, repeats: 'As the sender likes; repetitions are not known again.' },
};
