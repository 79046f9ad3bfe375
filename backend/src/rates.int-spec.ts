/** How much the doors let in: 429 with Retry-After beyond it, and nothing of what was refused is stored. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Workflow } from '@sagawright/shared/contracts';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from './testing/doors.js';

const SELDOM = { perSecond: 0.001, burst: 5 };

describe('a webhook and a workspace', () => {
  let doors: Doors;
  let owner: Record<string, string>;
  const events = async () =>
    (await doors.database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM event')).rows[0]?.n;
  const hookOf = ({ triggers }: Workflow) => new URL(triggers[0]?.url ?? '').pathname;
  const hook = async (headers: Record<string, string>) =>
    hookOf(
      await doors.published(
        headers,
        workflow({ kind: 'trigger.webhook', scheme: 'none' }).transform('a', 1).end().graph(),
      ),
    );

  beforeAll(async () => {
    doors = await Doors.open({ rates: { address: null, workspace: { perSecond: 0.001, burst: 20 }, webhook: SELDOM } });
    owner = (await doors.person('owner')).headers;
  }, 120_000);
  afterAll(() => doors.close());

  it('are each let in as often as their rate allows, without harm to another', async () => {
    const [first, second] = [await hook(owner), await hook(owner)];
    const before = await events();
    const deliver = (path: string) => doors.ask('POST', path, { body: { a: 1 } });
    const statuses: number[] = [];
    for (let n = 0; n < 6; n += 1) statuses.push((await deliver(first)).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
    const refused = await deliver(first);
    expect(refused.body).toMatchObject({ code: 'rate.limited', status: 429, context: { limit: 'webhook' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(900);
    expect((await deliver(second)).status).toBe(202);
    expect(await events()).toBe((before ?? 0) + 6);

    // The workspace has its own rate, over all ways in; another workspace does not feel it.
    let last = await doors.api('GET', '/runs', { headers: owner });
    for (let n = 0; n < 20 && last.status === 200; n += 1) last = await doors.api('GET', '/runs', { headers: owner });
    expect(last.body).toMatchObject({ code: 'rate.limited', context: { limit: 'workspace' } });
    expect((await deliver(second)).body).toMatchObject({ code: 'rate.limited', context: { limit: 'workspace' } });
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    expect((await doors.api('GET', '/runs', { headers: stranger })).status).toBe(200);
  });
});

describe('an address', () => {
  let doors: Doors;
  afterEach(() => doors.close());

  it('is let in as often as its rate allows, whoever asks for what; behind a proxy we trust it is the one that the proxy names', async () => {
    doors = await Doors.open({
      rates: { address: SELDOM, workspace: null, webhook: null },
      trustedProxies: ['127.0.0.1'],
    });
    const from = (address: string, path = '/api/v1/auth/me') =>
      doors.ask('GET', path, { headers: { 'x-forwarded-for': address } });
    for (let n = 0; n < 5; n += 1) expect((await from('192.0.2.1')).status).toBe(401);
    const refused = await from('192.0.2.1', '/hooks/unknown');
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate.limited', context: { limit: 'address' } } });
    expect(refused.headers).toMatchObject({
      'retry-after': '1000',
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect((await from('192.0.2.2')).status).toBe(401);
    expect((await from('192.0.2.1', '/health/live')).status).toBe(200);
  }, 60_000);

  it('cannot name another when no proxy is trusted', async () => {
    doors = await Doors.open({ rates: { address: SELDOM, workspace: null, webhook: null } });
    const from = (address: string) => doors.ask('GET', '/api/v1/auth/me', { headers: { 'x-forwarded-for': address } });
    for (let n = 0; n < 5; n += 1) expect((await from(`192.0.2.${n}`)).status).toBe(401);
    expect((await from('192.0.2.9')).status).toBe(429);
  }, 60_000);
});
