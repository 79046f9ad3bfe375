import { verificationSchemeSchema } from './scheme.js';
import type { VerificationScheme } from './scheme.js';

const FIVE_MINUTES = 300_000;

/**
 * The schemes that a trigger can name.
 *
 * @see https://www.standardwebhooks.com and https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
 */
export const WEBHOOK_PRESETS = {
  'standard-webhooks': verificationSchemeSchema.parse({
    kind: 'hmac',
    name: 'standard-webhooks',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { prefix: 'whsec_', encoding: 'base64' },
    signature: {
      header: 'webhook-signature',
      format: { kind: 'list', separator: ' ', version: 'v1', versionSeparator: ',' },
    },
    content: [
      { from: 'id' },
      { from: 'constant', text: '.' },
      { from: 'timestamp' },
      { from: 'constant', text: '.' },
      { from: 'body' },
    ],
    timestamp: { from: { kind: 'header', header: 'webhook-timestamp' }, unit: 'seconds', toleranceMs: FIVE_MINUTES },
    id: { header: 'webhook-id' },
    type: null,
  }),
  github: verificationSchemeSchema.parse({
    kind: 'hmac',
    name: 'github',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { header: 'x-hub-signature-256', format: { kind: 'plain', prefix: 'sha256=' } },
    content: [{ from: 'body' }],
    timestamp: null,
    id: { header: 'x-github-delivery' },
    type: { header: 'x-github-event' },
  }),
  none: { kind: 'none', name: 'none' },
} as const satisfies Record<string, VerificationScheme>;

/** @returns null for a name that no preset has */
export function webhookScheme(name: string): VerificationScheme | null {
  return Object.hasOwn(WEBHOOK_PRESETS, name) ? WEBHOOK_PRESETS[name as keyof typeof WEBHOOK_PRESETS] : null;
}
