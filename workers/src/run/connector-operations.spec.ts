import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptResult } from '@sagawright/shared/saga';
import { connectorOperations } from './connector-operations.js';
import type { OperationCall } from './operation.js';

describe('an operation of a connector', () => {
  let service: Server;
  let answer: () => void;
  let asked: Promise<void>;
  let operations: ReturnType<typeof connectorOperations>;
  const call = (timeoutMs: number): OperationCall => ({
    connector: 'demo-shop',
    operation: 'charge',
    input: { orderId: 'o1', amountCents: 1 },
    idempotencyKey: 'k1',
    timeoutMs,
    effect: 'keyed',
  });

  beforeEach(async () => {
    let hear: () => void = () => undefined;
    asked = new Promise((resolve) => (hear = resolve));
    service = createServer((_request, response) => {
      answer = () => response.setHeader('content-type', 'application/json').end('{"chargeId":"c1"}');
      hear();
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { port } = service.address() as AddressInfo;
    operations = connectorOperations({
      egressAllow: [`127.0.0.1:${port}`],
      demoShopUrl: `http://127.0.0.1:${port}`,
    });
  });
  afterEach(async () => {
    await operations.close();
    service.closeAllConnections();
    service.close();
  });

  it('is unknown when its answer has not come by the timeout, and tells the answer that comes late (S10, S22)', async () => {
    let tell: (result: AttemptResult) => void = () => undefined;
    const late = new Promise<AttemptResult>((resolve) => (tell = resolve));
    const result = await operations.operate(call(150), new AbortController().signal, tell);
    expect(result).toMatchObject({ kind: 'unknown', failure: { code: 'egress.timeout' } });
    await asked;
    answer();
    expect(await late).toMatchObject({ kind: 'succeeded', output: { body: { chargeId: 'c1' } } });
  });

  it('tells nothing late when it was answered in time', async () => {
    let told = 0;
    const result = operations.operate(call(5000), new AbortController().signal, () => (told += 1));
    await asked;
    answer();
    expect(await result).toMatchObject({ kind: 'succeeded' });
    expect(told).toBe(0);
  });

  it('is hung up when its attempt is given up', async () => {
    const controller = new AbortController();
    const result = operations.operate(call(5000), controller.signal, () => undefined);
    await asked;
    controller.abort();
    expect(await result).toMatchObject({ kind: 'unknown', failure: { code: 'egress.aborted' } });
  });
});
