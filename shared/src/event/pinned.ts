/** Addresses of a provider's keys: a request may name one, but only at the provider's own hosts (A059). */
import { z } from 'zod';

export const pinSchema = z.strictObject({
  /** Names in lower case; `*` stands for one label: `sns.*.amazonaws.com`. */
  hosts: z
    .array(z.string().regex(/^(?:[a-z0-9-]+|\*)(?:\.(?:[a-z0-9-]+|\*))+$/))
    .min(1)
    .max(20),
  pathPrefix: z.string().startsWith('/').default('/'),
});
export type Pin = z.infer<typeof pinSchema>;

/** What the caller fetches, through its own guarded door, before it asks again. */
export interface KeysWanted {
  readonly url: string;
  readonly hosts: readonly string[];
  readonly form: 'certificate' | 'jwks';
}

/** @returns the address in its normal form, or null when it is not one of the provider's */
export function pinned(text: string, pin: Pin): string | null {
  if (text.length > 2000 || !/^https:\/\/[\x21-\x7e]+$/.test(text) || text.includes('\\') || !URL.canParse(text)) {
    return null;
  }
  const url = new URL(text);
  const plain = url.username === '' && url.password === '' && url.port === '' && url.hash === '';
  const ours = pin.hosts.some((pattern) => hostMatches(url.hostname, pattern));
  return plain && ours && !text.includes('@') && url.pathname.startsWith(pin.pathPrefix) ? url.href : null;
}

function hostMatches(host: string, pattern: string): boolean {
  const labels = host.split('.');
  const wanted = pattern.split('.');
  return (
    labels.length === wanted.length &&
    wanted.every((label, index) => (label === '*' ? /^[a-z0-9-]+$/.test(labels[index] ?? '') : label === labels[index]))
  );
}
