/**
 * An endpoint's URL as the audit log holds it: its host, and of the rest, which often is the receiver's secret, a short hash, so
 * that a change shows.
 */
import { sha256 } from '@sagawright/shared/server';

export function shownUrl(text: string): string {
  const { origin, pathname, search } = new URL(text);
  const rest = pathname + search;
  return rest === '/' ? origin : `${origin}/… (${sha256(rest).toString('hex').slice(0, 12)})`;
}
