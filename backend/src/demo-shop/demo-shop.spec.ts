import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectors } from '@sagawright/shared/connector';
import { demoShopStateSchema } from '@sagawright/shared/contracts';
import type { JsonObject } from '@sagawright/shared/kernel';
import { callOperation, createEgress } from '@sagawright/shared/server';
import type { Egress } from '@sagawright/shared/server';
import type { FastifyInstance } from 'fastify';
import { demoShopServer } from './server.js';
import type { ShopOperation } from './shop.js';

/** The shop as the worker meets it: by its manifest, through the egress door. */
describe('demo shop', () => {
  let folder: string;
  let app: FastifyInstance;
  let egress: Egress;
  let url: string;
  const open = async () => {
    app = demoShopServer(path.join(folder, 'ledger.jsonl'));
    url = await app.listen({ host: '127.0.0.1', port: 0 });
    egress = createEgress({ allow: [new URL(url).host] });
  };
  const close = async () => {
    await egress.close();
    await app.close();
  };
  const call = async (name: ShopOperation, input: JsonObject, idempotencyKey: string, timeoutMs = 5000) => {
    const connector = connectors['demo-shop'];
    const operation = connector?.operations[name];
    if (!connector || !operation) throw new Error(`no operation ${name}`);
    return callOperation(connector, operation, input, {
      egress,
      idempotencyKey,
      timeoutMs,
      settings: { DEMO_SHOP_URL: url },
    });
  };
  const tell = async (operation: ShopOperation, behaviour: object) => {
    const answer = await fetch(`${url}/demo-shop/behaviours/${operation}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(behaviour),
    });
    expect(answer.status).toBe(200);
  };
  const state = async () => demoShopStateSchema.parse(await (await fetch(`${url}/demo-shop`)).json());

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'demo-shop-'));
    await open();
  });
  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('nets to zero when everything is undone, also over a restart', async () => {
    const reserved = await call('reserve', { orderId: '1', sku: 'a', quantity: 3 }, 'k1');
    expect(reserved).toMatchObject({
      kind: 'succeeded',
      output: { status: 200, body: { reservationId: expect.stringMatching(/^res_/) } },
    });
    await call('charge', { orderId: '1', amountCents: 4200 }, 'k2');
    expect(await state()).toMatchObject({ balance: { stock: -3, money: 4200, parcels: 0 }, calls: 2 });
    await close();
    await open();
    expect(await call('refund', { orderId: '1' }, 'k3')).toMatchObject({ output: { body: { result: 'refunded' } } });
    expect(await call('release', { orderId: '1' }, 'k4')).toMatchObject({ output: { body: { result: 'released' } } });
    expect(await state()).toMatchObject({ balance: { stock: 0, money: 0, parcels: 0 }, calls: 4 });
  });

  it('balances the order that was asked for, whatever other orders moved', async () => {
    await call('charge', { orderId: '1', amountCents: 5 }, 'k1');
    await call('charge', { orderId: '2', amountCents: 7 }, 'k2');
    await call('refund', { orderId: '2' }, 'k3');
    const answer = await fetch(`${url}/demo-shop?orderId=2`);
    expect(demoShopStateSchema.parse(await answer.json())).toMatchObject({ balance: { money: 0 }, calls: 3 });
    expect(await state()).toMatchObject({ balance: { money: 5 } });
  });

  it('applies one key once: the same body gets the same answer, another body a conflict', async () => {
    const first = await call('charge', { orderId: '1', amountCents: 5 }, 'k');
    const second = await call('charge', { orderId: '1', amountCents: 5 }, 'k');
    expect(first).toMatchObject({ kind: 'succeeded' });
    expect(second).toMatchObject({
      output: {
        body: (first as Extract<typeof first, { kind: 'succeeded' }> & { output: { body: JsonObject } }).output.body,
        headers: { 'idempotency-replayed': 'true' },
      },
    });
    expect(await call('charge', { orderId: '1', amountCents: 6 }, 'k')).toMatchObject({
      kind: 'failed',
      failure: { code: 'http.status.409', kind: 'user' },
    });
    expect(await state()).toMatchObject({ balance: { money: 5 } });
  });

  it('accepts the undo of what never happened, and then refuses the late call (S14)', async () => {
    expect(await call('refund', { orderId: '1', chargeId: null }, 'u')).toMatchObject({
      output: { body: { result: 'nothing-to-undo' } },
    });
    expect(await call('charge', { orderId: '1', amountCents: 5 }, 'k')).toMatchObject({
      kind: 'failed',
      failure: { code: 'http.status.410' },
    });
    expect(await state()).toMatchObject({ balance: { money: 0 } });
  });

  it('refuses for good, fails for a while, and is ok again after as many calls as it was told', async () => {
    await tell('ship', { mode: 'refuse' });
    expect(await call('ship', { orderId: '1', reservationId: 'r' }, 'k')).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'http.status.422',
        kind: 'user',
        message: expect.stringContaining('The carrier refuses the parcel.'),
      },
    });
    await tell('ship', { mode: 'fail', times: 1 });
    expect(await call('ship', { orderId: '1', reservationId: 'r' }, 'k')).toMatchObject({
      kind: 'failed',
      failure: { code: 'http.status.503', kind: 'operational' },
    });
    expect(await call('ship', { orderId: '1', reservationId: 'r' }, 'k')).toMatchObject({ kind: 'succeeded' });
  });

  it('loses its answer: the caller does not know, and the same key tells (S10, S11)', async () => {
    await tell('charge', { mode: 'lose-answer', times: 1 });
    expect(await call('charge', { orderId: '1', amountCents: 5 }, 'k')).toMatchObject({ kind: 'unknown' });
    expect(await call('charge', { orderId: '1', amountCents: 5 }, 'k')).toMatchObject({ kind: 'succeeded' });
    const { balance, ledger } = await state();
    expect(balance).toMatchObject({ money: 5 });
    expect(ledger.map((row) => row.result)).toEqual(['replayed', 'lost']);
  });

  it('is slow: a timeout is unknown, a closed door is not (S3, S10)', async () => {
    await tell('reserve', { mode: 'slow', delayMs: 2000, times: 1 });
    expect(await call('reserve', { orderId: '1', sku: 'a', quantity: 1 }, 'k', 100)).toMatchObject({
      kind: 'unknown',
      failure: { code: 'egress.timeout' },
    });
    await app.close();
    expect(await call('reserve', { orderId: '1', sku: 'a', quantity: 1 }, 'k')).toMatchObject({
      kind: 'failed',
      failure: { code: 'egress.refused' },
    });
  });
});
