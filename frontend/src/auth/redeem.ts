import type { Me } from '@sagawright/shared/contracts';
import { client } from '../api/index.js';

const redeeming = new Map<string, Promise<Me>>();

/** Exchanges a one-time token; asking twice sends it once, because the second use is refused. */
export function redeemOnce(token: string): Promise<Me> {
  const known = redeeming.get(token);
  if (known !== undefined) return known;
  const promise = client.redeemSignInLink({ body: { token } });
  redeeming.set(token, promise);
  return promise;
}
