import type { ProviderSource } from '../provider.js';

export const telegram: ProviderSource = {
  id: 'telegram',
  title: 'Telegram',
  docs: 'https://core.telegram.org/bots/api#setwebhook',
  basis: 'documentation',
  secret: {
    label: 'secret_token',
    madeBy: 'us',
    help: 'Give it as secret_token to setWebhook. Telegram takes letters, digits, "_" and "-" only.',
  },
  scheme: {
    kind: 'shared-secret',
    name: 'telegram',
    at: { from: 'header', name: 'x-telegram-bot-api-secret-token' },
    id: { firstOf: [[{ from: 'json', path: ['update_id'] }]] },
    dedup: 'id',
  },
  accepted: [{ status: 200 }],
  expects: { answerWithinMs: 60_000, repeats: 'Until it works, for up to a day.' },
  notes: ['The secret travels with every update and the body is not signed.'],
};
