/** The form of API keys: `wf_live_`, 43 letters and digits (256 bits), and 6 hex digits that catch typing errors. */
import { randomToken, sha256 } from '@sagawright/shared/server';

const PREFIX = 'wf_live_';

export function makeApiKey(): string {
  const body = PREFIX + randomToken(256);
  return body + checksum(body);
}

/** Sorts out what cannot be a key without asking the database. */
export function looksLikeApiKey(text: string): boolean {
  return /^wf_live_[0-9A-Za-z]{43}[0-9a-f]{6}$/.test(text) && checksum(text.slice(0, -6)) === text.slice(-6);
}

function checksum(body: string): string {
  return sha256(body).toString('hex').slice(0, 6);
}
