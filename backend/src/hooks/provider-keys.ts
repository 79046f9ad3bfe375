/**
 * Fetches the certificates and keys of webhook providers, by the egress door, and keeps them for a while.
 *
 * Which hosts may be asked is decided before, by the provider's file. A redirect is no key: it could lead elsewhere.
 */
import type { KeySource } from '@sagawright/shared/event';
import type { Egress } from '@sagawright/shared/server';

const KEPT_MS = 3_600_000;
const MOST_KEPT = 200;
const MOST_BYTES = 100_000;
const PATIENCE_MS = 5_000;

export type Outgoing = Pick<Egress, 'request'>;

/** @param outgoing null: nothing is ever had, and whoever needs a key is refused */
export function providerKeys(outgoing: Outgoing | null, now: () => number): KeySource {
  const kept = new Map<string, { readonly bytes: Uint8Array; readonly until: number }>();
  return async (url) => {
    const known = kept.get(url);
    if (known !== undefined && known.until > now()) return known.bytes;
    const body = await get(outgoing, url);
    if (body === null || body.length > MOST_BYTES) return null;
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(url, { bytes: body, until: now() + KEPT_MS });
    return body;
  };
}

/** @returns null unless the address itself answered well */
export async function get(outgoing: Outgoing | null, url: string): Promise<Buffer | null> {
  const result = await outgoing?.request({ method: 'GET', url, follow: false, timeoutMs: PATIENCE_MS });
  return result?.kind === 'answered' && result.status === 200 ? result.body : null;
}
