/** Webhooks of providers through the door: let in with a receipt, forged ones leaving nothing, handshakes, secrets, fetched keys. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Workflow } from '@sagawright/shared/contracts';
import type { WebhookScheme } from '@sagawright/shared/graph';
import { workflow } from '@sagawright/shared/testing';
import type { EgressRequest, EgressResult } from '@sagawright/shared/server';
import { Doors } from '../testing/doors.js';
import type { Asked } from '../testing/doors.js';

const PUBLIC = 'http://127.0.0.1:3000';
const SECRET = 'It is a secret of some length';
const now = () => Math.floor(Date.now() / 1000);

let doors: Doors;
let owner: Record<string, string>;
const fetched: EgressRequest[] = [];
let outside: (url: string) => EgressResult;

beforeAll(async () => {
  const outgoing = {
    request: (request: EgressRequest) => {
      fetched.push(request);
      return Promise.resolve(outside(request.url));
    },
  };
  doors = await Doors.open({ outgoing });
  owner = (await doors.person('owner')).headers;
}, 120_000);

afterAll(() => doors.close());

interface Hook {
  readonly path: string;
  readonly token: string;
  readonly secretPath: string;
}

async function hookOf(scheme: WebhookScheme, secret?: string | null): Promise<Hook> {
  const made: Workflow = await doors.published(owner, workflow({ kind: 'trigger.webhook', scheme }).end().graph());
  const [trigger] = made.triggers;
  const path = new URL(trigger?.url ?? '').pathname;
  const secretPath = `/workflows/${made.id}/triggers/${trigger?.nodeId ?? ''}/secret`;
  if (secret !== undefined) {
    expect((await doors.api('PUT', secretPath, { headers: owner, body: { secret } })).status).toBe(204);
  }
  return { path, token: path.replace('/hooks/', ''), secretPath };
}

async function stored(): Promise<unknown> {
  const { rows } = await doors.database.pool.query(
    'SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM run) AS runs',
  );
  return rows[0];
}

const lastReceipt = async (): Promise<unknown> => {
  const { rows } = await doors.database.pool.query<{ receipt: unknown }>(
    'SELECT receipt FROM event ORDER BY position DESC LIMIT 1',
  );
  return rows[0]?.receipt;
};

const stripe = (secret: string, body = '{"id":"evt_1","type":"charge.succeeded"}', at = now()): Asked => ({
  headers: { 'stripe-signature': `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}` },
  raw: body,
});

describe('a provider', () => {
  it('is let in by the secret that it made, with its receipt and its type; again only once', async () => {
    const { path } = await hookOf('stripe', SECRET);
    const first = await doors.ask<{ runId: string; eventId: string }>('POST', path, stripe(SECRET));
    expect(first).toMatchObject({ status: 202, body: { eventId: 'evt_1', duplicate: false } });
    const run = await doors.api('GET', `/runs/${first.body.runId}`, { headers: owner });
    expect(run.body).toMatchObject({
      event: { type: 'charge.succeeded' },
      receipt: { provider: 'stripe', scheme: 'stripe', method: 'hmac-sha256', verified: true, keyId: 'current' },
    });
    const again = await doors.ask('POST', path, stripe(SECRET, undefined, now() - 60));
    expect(again).toMatchObject({ status: 202, body: { runId: first.body.runId, duplicate: true } });
  });

  it('is refused with a reason until its secret is set, and after another one is, and leaves nothing', async () => {
    const { path, secretPath } = await hookOf('stripe');
    const before = await stored();
    const refused = async (asked: Asked, reason: string) =>
      expect(await doors.ask('POST', path, asked)).toMatchObject({
        status: 401,
        body: { code: 'webhook.not-verified', context: { reason } },
      });
    await refused(stripe(SECRET), 'signature.mismatch');
    await refused(stripe(''), 'signature.mismatch');
    await refused({ body: {} }, 'field.missing');
    await refused(stripe(SECRET, undefined, now() - 301), 'timestamp.too-old');
    await doors.api('PUT', secretPath, { headers: owner, body: { secret: null } });
    await refused(stripe(SECRET), 'secret.missing');
    expect(await stored()).toEqual(before);
  });

  it('signs the address that it called, query and all (Twilio)', async () => {
    const { path } = await hookOf('twilio', SECRET);
    const url = `${path}?x=1`;
    const signature = createHmac('sha1', SECRET).update(`${PUBLIC}${url}BodyhiMessageSidSM1`).digest('base64');
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature };
    const delivery = { headers, raw: 'MessageSid=SM1&Body=hi' };
    expect(await doors.ask('POST', `${path}?x=2`, delivery)).toMatchObject({ status: 401 });
    expect(await doors.ask('POST', url, delivery)).toMatchObject({ status: 204, text: '' });
    expect(await lastReceipt()).toMatchObject({ provider: 'twilio', method: 'hmac-sha1' });
  });

  it('hears what it wants to hear, but whoever prefers to wait hears the run', async () => {
    const { path } = await hookOf('linear', SECRET);
    const body = JSON.stringify({ type: 'Issue', webhookTimestamp: Date.now() });
    const headers = { 'linear-signature': createHmac('sha256', SECRET).update(body).digest('hex') };
    const answer = await doors.ask('POST', path, { headers, raw: body });
    expect(answer).toMatchObject({ status: 200, text: '', headers: { location: expect.stringContaining('/runs/') } });
    const waiting = await doors.ask('POST', path, { headers: { ...headers, prefer: 'wait=0' }, raw: body });
    expect(waiting.body).toMatchObject({ duplicate: true });
  });

  it('of thin pings without a body starts a run too (Google)', async () => {
    const { path } = await hookOf('google', SECRET);
    const headers = { 'x-goog-channel-token': SECRET, 'x-goog-channel-id': 'c', 'x-goog-message-number': '1' };
    expect((await doors.ask('POST', path, { headers })).status).toBe(200);
    expect(await lastReceipt()).toMatchObject({ provider: 'google', dedupId: 'c 1', verified: true });
  });
});

describe('a secret', () => {
  it('is set by people who may write only, and never by an empty one', async () => {
    const { secretPath } = await hookOf('stripe');
    const viewer = (await doors.person('viewer')).headers;
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    const put = async (headers: Record<string, string>, secret: unknown) =>
      (await doors.api('PUT', secretPath, { headers, body: { secret } })).status;
    expect(await put(viewer, SECRET)).toBe(403);
    expect(await put(stranger, SECRET)).toBe(404);
    expect(await put({}, SECRET)).toBe(401);
    expect(await put(owner, ' ')).toBe(400);
    expect(await put(owner, SECRET)).toBe(204);
    const { rows } = await doors.database.pool.query(
      `SELECT 1 FROM audit_log WHERE action = 'trigger.set-secret' AND details::text NOT LIKE '%secret of some%'`,
    );
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('a handshake', () => {
  it('is answered without event or run, and by the provider’s own method only', async () => {
    const before = await stored();
    const { path, token } = await hookOf('meta', SECRET);
    const query = (word: string) => `${path}?hub.mode=subscribe&hub.verify_token=${word}&hub.challenge=42`;
    expect(await doors.ask('GET', query(token))).toMatchObject({
      status: 200,
      text: '42',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      },
    });
    expect((await doors.ask('GET', query('other'))).status).toBe(401);
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
      expect([method, (await doors.ask(method, path)).status]).toEqual([method, 404]);
    }
    const graph = await hookOf('microsoft-graph');
    const asked = await doors.ask('POST', `${graph.path}?validationToken=${encodeURIComponent('<b>x</b>')}`);
    expect(asked).toMatchObject({
      status: 200,
      text: '<b>x</b>',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    const trello = await hookOf('trello', SECRET);
    expect((await doors.ask('HEAD', trello.path)).status).toBe(200);
    expect(await stored()).toEqual(before);
  });

  it('hands over a secret once, while none is set (Asana)', async () => {
    const { path, secretPath } = await hookOf('asana');
    const offer = (secret: string) => doors.ask('POST', path, { headers: { 'x-hook-secret': secret }, raw: '{}' });
    expect((await offer('first')).status).toBe(401);
    await doors.api('PUT', secretPath, { headers: owner, body: { secret: null } });
    const offers = await Promise.all(['a', 'b', 'c'].map(offer));
    const taken = offers.filter(({ status }) => status === 200);
    expect(taken).toHaveLength(1);
    const secret = taken[0]?.headers['x-hook-secret'] ?? '';
    const body = '{"events":[{"action":"changed"}]}';
    const headers = { 'x-hook-signature': createHmac('sha256', secret).update(body).digest('hex') };
    expect((await doors.ask('POST', path, { headers, raw: body })).status).toBe(200);
    expect((await offer('late')).status).toBe(401);
  });
});

describe('a key at an address', () => {
  const topic = 'arn:aws:sns:eu-central-1:123456789012:orders';
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const message = (certificate: string): Asked => {
    const fields = {
      Message: 'm',
      MessageId: 'm-1',
      Timestamp: new Date().toISOString(),
      TopicArn: topic,
      Type: 'Notification',
    };
    const text = Object.entries(fields)
      .map(([name, value]) => `${name}\n${value}\n`)
      .join('');
    const Signature = sign('sha256', Buffer.from(text), privateKey).toString('base64');
    return {
      headers: { 'content-type': 'text/plain; charset=UTF-8' },
      raw: JSON.stringify({ ...fields, Signature, SignatureVersion: '2', SigningCertURL: certificate }),
    };
  };
  const refused = (asked: Asked, path: string) => doors.ask('POST', path, asked);

  it('is fetched from the provider’s hosts only, follows nobody, and counts only when it is a certificate (A059)', async () => {
    const { path } = await hookOf('aws-sns', topic);
    const before = await stored();
    fetched.length = 0;
    for (const url of [
      'https://169.254.169.254/SimpleNotificationService-1.pem',
      'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem',
    ]) {
      expect(await refused(message(url), path)).toMatchObject({
        status: 401,
        body: { context: { reason: 'key.host' } },
      });
    }
    expect(fetched).toEqual([]);

    const good = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem';
    outside = () => ({
      kind: 'answered',
      status: 302,
      headers: { location: 'https://evil.example.com/' },
      body: Buffer.alloc(0),
    });
    expect(await refused(message(good), path)).toMatchObject({
      status: 401,
      body: { context: { reason: 'key.unavailable' } },
    });
    expect(fetched).toMatchObject([{ method: 'GET', url: good, follow: false }]);

    outside = () => ({ kind: 'answered', status: 200, headers: {}, body: Buffer.from('<html>') });
    for (let time = 0; time < 3; time += 1) {
      expect(await refused(message(good), path)).toMatchObject({
        status: 401,
        body: { context: { reason: 'key.malformed' } },
      });
    }
    // Had once, it is kept for a while.
    expect(fetched).toHaveLength(2);
    expect(await stored()).toEqual(before);
  });
});
