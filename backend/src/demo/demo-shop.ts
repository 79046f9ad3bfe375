import type { Egress } from '@sagawright/shared/server';

/** Sends a request to the demo shop and gives its JSON answer; fails for every answer outside 2xx. */
export type DemoShopDoor = (method: 'GET' | 'PUT', path: string, body?: object) => Promise<unknown>;

/** The demo shop of the local mode, if there is one. */
export class DemoShop {
  constructor(readonly door: DemoShopDoor | null) {}
}

/** Reaches the demo shop through the egress door, like every outgoing call. */
export function demoShopDoor(egress: Pick<Egress, 'request'>, baseUrl: string): DemoShopDoor {
  return async (method, path, body) => {
    const result = await egress.request({
      method,
      url: baseUrl + path,
      timeoutMs: 5000,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (result.kind !== 'answered') throw new Error(result.failure.message);
    if (result.status < 200 || result.status > 299) throw new Error(`The demo shop answered ${result.status}.`);
    return JSON.parse(result.body.toString('utf8')) as unknown;
  };
}
