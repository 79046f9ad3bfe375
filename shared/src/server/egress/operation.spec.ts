import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectors } from '../../connector/index.js';
import type { EffectClass } from '../../graph/index.js';
import type { AttemptResult } from '../../saga/index.js';
import { createEgress } from './egress.js';
import type { Egress } from './egress.js';
import { callOperation } from './operation.js';

describe('the answer of a service', () => {
  let service: Server;
  let egress: Egress;
  let host = '';
  beforeAll(async () => {
    // Answers with the status that its path names.
    service = createServer((request, response) => {
      response.writeHead(Number(request.url?.slice(1))).end();
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    host = `127.0.0.1:${(service.address() as AddressInfo).port}`;
    egress = createEgress({ allow: [host] });
  });
  afterAll(async () => {
    await egress.close();
    service.close();
  });

  const outcome = async (status: number, effect: EffectClass): Promise<AttemptResult['kind']> => {
    const { http } = connectors;
    const request = http?.operations['request'];
    if (http === undefined || request === undefined) throw new Error('There is no HTTP connector.');
    const input = { method: 'POST', url: `http://${host}/${status}`, body: {} };
    const context = { egress, idempotencyKey: 'key', timeoutMs: 5000, settings: {}, effect };
    return (await callOperation(http, request, input, context)).kind;
  };

  it.each([500, 502, 504, 408])(
    '%i leaves open whether it was done, unless nothing is done at all (S11)',
    async (status) => {
      expect(await outcome(status, 'keyed')).toBe('unknown');
      expect(await outcome(status, 'idempotent')).toBe('unknown');
      expect(await outcome(status, 'at-most-once')).toBe('unknown');
      expect(await outcome(status, 'read')).toBe('failed');
    },
  );

  it.each([400, 422, 429, 503])('%i says that nothing was done', async (status) => {
    expect(await outcome(status, 'keyed')).toBe('failed');
    expect(await outcome(status, 'at-most-once')).toBe('failed');
  });
});
