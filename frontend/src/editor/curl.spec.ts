/**
 * The shown command is run by a real bash, and what arrives is given to the verifier that guards the real door.
 *
 * @jest-environment node
 */
/* eslint-disable no-restricted-imports -- a test that runs a shell and a socket; it never reaches the browser */
import { execFile } from 'node:child_process';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyWebhook } from '@sagawright/shared/event';
import type { WebhookRequest } from '@sagawright/shared/event';
import { signedCurl } from './curl.js';

const run = promisify(execFile);
/** Everything that a shell could stumble over. */
const sample = { orderId: "it's 1", note: 'Grüße "quoted" $HOME `id` \\n 100%', amountCents: 4200 };
const crypto: Parameters<typeof verifyWebhook>[4] = {
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  equal: (a, b) => timingSafeEqual(a, b),
};

let server: Server;
let url: string;
let seen: WebhookRequest;

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen = { headers: request.headers, rawBody: Buffer.concat(parts) };
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hooks/token`;
});
afterAll(() => {
  server.close();
});

const secrets = {
  'standard-webhooks': `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  github: "it's a secret",
} as const;

describe.each(['standard-webhooks', 'github'] as const)('the command for %s (E66)', (scheme) => {
  it('sends the sample unharmed, with a signature that the door accepts', async () => {
    await run('bash', ['-c', signedCurl(scheme, url, secrets[scheme], sample)]);
    expect(JSON.parse(Buffer.from(seen.rawBody).toString('utf8'))).toEqual(sample);
    const verified = verifyWebhook(scheme, [{ keyId: 'k', secret: secrets[scheme] }], seen, Date.now(), crypto);
    expect(verified).toMatchObject({ ok: true, receipt: { verified: true } });
  });

  it('is refused with another secret', async () => {
    await run('bash', ['-c', signedCurl(scheme, url, `${secrets[scheme].slice(0, -6)}AAAAA=`, sample)]);
    const verified = verifyWebhook(scheme, [{ keyId: 'k', secret: secrets[scheme] }], seen, Date.now(), crypto);
    expect(verified.ok).toBe(false);
  });
});

it('sends without a signature where none is asked for', async () => {
  await run('bash', ['-c', signedCurl('none', url, '', sample)]);
  expect(JSON.parse(Buffer.from(seen.rawBody).toString('utf8'))).toEqual(sample);
});
