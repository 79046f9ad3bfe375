/** Deliveries signed (or checked) by the providers' own libraries are let in by the same data and secrets, and forged ones by neither. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import { sign as signGitHub } from '@octokit/webhooks-methods';
import { LogLevel, Paddle } from '@paddle/paddle-node-sdk';
import { verifyWebhook } from '@sagawright/shared/event';
import type { WebhookProviderId, WebhookRequest } from '@sagawright/shared/event';
import { webhookCrypto } from '@sagawright/shared/server';
import eventWebhook from '@sendgrid/eventwebhook';
import bolt from '@slack/bolt';
import discord from 'discord-interactions';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import twilio from 'twilio/lib/webhooks/webhooks.js';

const NOW_S = Math.floor(Date.now() / 1000);
const SECRET = 'It is a secret of some length';
const WHSEC = `whsec_${Buffer.from(SECRET).toString('base64')}`;

type Headers = Record<string, string>;
interface Delivery {
  readonly headers: Headers;
  readonly body: string;
  readonly url?: string;
}

function admitted(id: WebhookProviderId, secret: string, { body, ...request }: Delivery): boolean {
  const whole: WebhookRequest = { ...request, rawBody: new TextEncoder().encode(body) };
  return verifyWebhook(id, [{ keyId: 'k', secret }], whole, NOW_S * 1000, webhookCrypto).ok;
}

/** Our answer to the delivery, and to the same with another body and with another secret. */
function judged(id: WebhookProviderId, secret: string, other: string, delivery: Delivery): readonly boolean[] {
  const forged = { ...delivery, body: delivery.body.replace('1', '2') };
  return [admitted(id, secret, delivery), admitted(id, secret, forged), admitted(id, other, delivery)];
}
const ONLY_THE_GENUINE = [true, false, false];

describe('signed by the providers’ own libraries', () => {
  it('stripe', () => {
    const body = '{"id":"evt_1","type":"charge.succeeded"}';
    const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_test_secret' });
    const delivery = { headers: { 'stripe-signature': header }, body };
    expect(judged('stripe', 'whsec_test_secret', 'whsec_test_other', delivery)).toEqual(ONLY_THE_GENUINE);
  });

  it('@octokit/webhooks-methods', async () => {
    const body = '{"number":1}';
    const headers = {
      'x-hub-signature-256': await signGitHub(SECRET, body),
      'x-github-delivery': 'd-1',
      'x-github-event': 'pull_request',
    };
    expect(judged('github', SECRET, 'other', { headers, body })).toEqual(ONLY_THE_GENUINE);
  });

  it.each([
    ['standardwebhooks', 'webhook', ['standard-webhooks', 'openai', 'replicate', 'gitlab-signed']],
    ['svix', 'svix', ['svix', 'clerk', 'resend']],
  ] as const)('%s', (library, prefix, providers) => {
    const body = '{"type":"order.paid","n":1}';
    const webhook = library === 'svix' ? new SvixWebhook(WHSEC) : new StandardWebhook(WHSEC);
    const signature = webhook.sign('msg_1', new Date(NOW_S * 1000), body);
    const headers = {
      [`${prefix}-id`]: 'msg_1',
      [`${prefix}-timestamp`]: String(NOW_S),
      [`${prefix}-signature`]: signature,
    };
    const other = `whsec_${Buffer.from('other').toString('base64')}`;
    for (const id of providers) expect(judged(id, WHSEC, other, { headers, body })).toEqual(ONLY_THE_GENUINE);
  });

  it('twilio: forms and JSON, with or without a port', () => {
    const url = 'https://example.com/hooks/abc?x=1';
    const params = { To: '+15551234', MessageSid: 'SM1', Body: 'ä & 1' };
    const form = {
      url,
      body: new URLSearchParams(params).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': twilio.getExpectedTwilioSignature(SECRET, url, params),
      },
    };
    expect(judged('twilio', SECRET, 'other', form)).toEqual(ONLY_THE_GENUINE);
    const withPort = twilio.getExpectedTwilioSignature(SECRET, url.replace('.com/', '.com:443/'), params);
    expect(admitted('twilio', SECRET, { ...form, headers: { ...form.headers, 'x-twilio-signature': withPort } })).toBe(
      true,
    );

    const body = '{"n":1}';
    const hashed = `${url}&bodySHA256=${twilio.getExpectedBodyHash(body)}`;
    const signature = twilio.getExpectedTwilioSignature(SECRET, hashed, {});
    const json = {
      url: hashed,
      body,
      headers: { 'content-type': 'application/json', 'x-twilio-signature': signature },
    };
    expect(judged('twilio', SECRET, 'other', json)).toEqual(ONLY_THE_GENUINE);
  });
});

describe('accepted by the providers’ own libraries', () => {
  it('@paddle/paddle-node-sdk', async () => {
    const body = '{"event_id":"evt_1","event_type":"transaction.paid"}';
    const h1 = createHmac('sha256', SECRET).update(`${NOW_S}:${body}`).digest('hex');
    const header = `ts=${NOW_S};h1=${h1}`;
    const paddle = new Paddle('none', { logLevel: LogLevel.none });
    expect(await paddle.webhooks.isSignatureValid(body, SECRET, header)).toBe(true);
    expect(judged('paddle', SECRET, 'other', { headers: { 'paddle-signature': header }, body })).toEqual(
      ONLY_THE_GENUINE,
    );
  });

  it('@linear/sdk', () => {
    const body = `{"type":"Issue","number":1,"webhookTimestamp":${NOW_S * 1000}}`;
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    expect(new LinearWebhookClient(SECRET).verify(Buffer.from(body), signature, NOW_S * 1000)).toBe(true);
    const delivery = { headers: { 'linear-signature': signature }, body };
    expect(judged('linear', SECRET, 'other', delivery)).toEqual(ONLY_THE_GENUINE);
  });

  it('discord-interactions', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url').toString('hex');
    const body = '{"id":"1","type":2}';
    const signature = sign(null, Buffer.from(`${NOW_S}${body}`), privateKey).toString('hex');
    expect(await discord.verifyKey(body, signature, String(NOW_S), key)).toBe(true);
    const headers = { 'x-signature-ed25519': signature, 'x-signature-timestamp': String(NOW_S) };
    expect(judged('discord', key, 'ab'.repeat(32), { headers, body })).toEqual(ONLY_THE_GENUINE);
  });

  it('@sendgrid/eventwebhook', () => {
    const [ours, others] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
    if (ours === undefined || others === undefined) throw new Error('there are no keys');
    const spki = (pair: typeof ours) => pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const body = '[{"event":"delivered","sg_event_id":"1"}]\r\n';
    const signature = sign('sha256', Buffer.from(`${NOW_S}${body}`), ours.privateKey).toString('base64');
    const library = new eventWebhook.EventWebhook();
    expect(library.verifySignature(library.convertPublicKeyToECDSA(spki(ours)), body, signature, String(NOW_S))).toBe(
      true,
    );
    const headers = {
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': String(NOW_S),
    };
    expect(judged('sendgrid', spki(ours), spki(others), { headers, body })).toEqual(ONLY_THE_GENUINE);
  });
});

describe('refused by us, though a library takes it', () => {
  it('a time to come (@slack/bolt)', () => {
    const body = '{"event_id":"Ev1","type":"event_callback"}';
    const delivery = (time: number) => {
      const signature = `v0=${createHmac('sha256', SECRET).update(`v0:${time}:${body}`).digest('hex')}`;
      return { headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': String(time) }, body };
    };
    const bolts = (time: number) =>
      bolt.isValidSlackRequest({
        signingSecret: SECRET,
        body,
        headers: {
          'x-slack-signature': delivery(time).headers['x-slack-signature'],
          'x-slack-request-timestamp': time,
        },
      });
    expect([bolts(NOW_S), admitted('slack', SECRET, delivery(NOW_S))]).toEqual([true, true]);
    expect(judged('slack', SECRET, 'other', delivery(NOW_S))).toEqual(ONLY_THE_GENUINE);
    const future = NOW_S + 86_400;
    expect([bolts(future), admitted('slack', SECRET, delivery(future))]).toEqual([true, false]);
  });

  it('a time with junk behind it (standardwebhooks 1.1.1)', () => {
    const body = '{"n":1}';
    const webhook = new StandardWebhook(WHSEC);
    const signature = `v1,${createHmac('sha256', SECRET).update(`msg_1.${NOW_S}.${body}`).digest('base64')}`;
    for (const junk of ['junk', '.9']) {
      const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': `${NOW_S}${junk}`, 'webhook-signature': signature };
      expect(() => webhook.verify(body, headers)).not.toThrow();
      expect(admitted('standard-webhooks', WHSEC, { headers, body })).toBe(false);
    }
  });
});
