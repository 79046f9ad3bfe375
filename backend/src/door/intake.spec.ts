import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { API_PREFIX } from '@sagawright/shared/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HooksController } from '../hooks/hooks.controller.js';
import type { RunReply } from '../hooks/run-reply.js';
import type { Webhooks } from '../hooks/webhooks.js';
import type { Refusal } from '../refusal.js';
import { BODY_LIMIT_BYTES, EVENT_LIMIT_BYTES, Intake } from './intake.js';

let senders = 0;

/** A request, of another sender each unless told otherwise, whose sender sends when told. */
function arrival(
  intake: Intake,
  headers: Record<string, string> = {},
  ip = `192.0.2.${(senders += 1)}`,
  url = '/api/v1/workflows',
) {
  const body = new PassThrough();
  const response = new EventEmitter();
  const raw = Object.assign(body, { rawHeaders: [] });
  const request = { headers, raw, ip, routeOptions: { url } } as unknown as FastifyRequest;
  intake.watch(request, { raw: response } as unknown as FastifyReply);
  const read = new Promise<Buffer | string>((resolve) => {
    intake.read(request, body, (error, bytes) => resolve(bytes ?? (error as Refusal).code));
  });
  return {
    read,
    request,
    send: async (bytes: number) => {
      body.write(Buffer.alloc(bytes));
      await new Promise((resolve) => setImmediate(resolve));
    },
    end: () => body.end(),
    breakOff: () => body.destroy(new Error('gone')),
    answered: () => response.emit('close'),
  };
}

describe('the intake of bodies', () => {
  it('hands a body over as it came, and holds it until the request is answered', async () => {
    const intake = new Intake(100);
    const one = arrival(intake, { 'content-length': '30' });
    await one.send(10);
    await one.send(20);
    one.end();
    expect(await one.read).toHaveLength(30);
    expect(intake.heldBytes).toBe(30);
    one.answered();
    expect(intake.heldBytes).toBe(0);
  });

  it('refuses what comes beyond the bound, also in the middle, lets it go, and leaves the others alone', async () => {
    const intake = new Intake(100);
    const [first, second] = [arrival(intake), arrival(intake)];
    await first.send(90);
    await second.send(20);
    expect(intake.heldBytes).toBe(90);
    await second.send(50);
    second.end();
    expect(await second.read).toBe('ingest.busy');
    await first.send(5);
    first.end();
    expect(await first.read).toHaveLength(95);
  });

  it('refuses the next one while it is full, and takes it when there is room again', async () => {
    const intake = new Intake(100);
    const large = arrival(intake);
    await large.send(150);
    large.end();
    expect(await large.read).toHaveLength(150);
    const early = arrival(intake);
    early.end();
    expect(await early.read).toBe('ingest.busy');
    large.answered();
    const late = arrival(intake);
    late.end();
    expect(await late.read).toHaveLength(0);
  });

  it('counts no bytes that are only announced', async () => {
    const intake = new Intake(100);
    for (let n = 0; n < 50; n += 1) arrival(intake, { 'content-length': '90' });
    const honest = arrival(intake, { 'content-length': '90' });
    await honest.send(90);
    honest.end();
    expect(await honest.read).toHaveLength(90);
  });

  it('refuses what is too large, announced or not, and what breaks off, and keeps nothing of it', async () => {
    const intake = new Intake(10 * BODY_LIMIT_BYTES);
    expect(await arrival(intake, { 'content-length': String(BODY_LIMIT_BYTES + 1) }).read).toBe('body.too-large');
    const unannounced = arrival(intake);
    await unannounced.send(BODY_LIMIT_BYTES);
    await unannounced.send(1);
    expect(await unannounced.read).toBe('body.too-large');
    const short = arrival(intake, { 'content-length': '30' });
    await short.send(29);
    short.end();
    expect(await short.read).toBe('request.malformed');
    const broken = arrival(intake);
    await broken.send(29);
    broken.breakOff();
    expect(await broken.read).toBe('request.malformed');
    expect(intake.heldBytes).toBe(0);
  });

  it.each(['/hooks/:token', `${API_PREFIX}/events`])('takes larger bodies at %s, and only there', async (url) => {
    const intake = new Intake(10 * EVENT_LIMIT_BYTES);
    const large = arrival(intake, {}, '192.0.2.251', url);
    await large.send(EVENT_LIMIT_BYTES);
    expect(intake.heldBytes).toBe(EVENT_LIMIT_BYTES);
    await large.send(1);
    expect(await large.read).toBe('body.too-large');
    const announced = { 'content-length': String(EVENT_LIMIT_BYTES + 1) };
    expect(await arrival(intake, announced, '192.0.2.252', url).read).toBe('body.too-large');
    const small = new Intake(1000, 100);
    expect(await arrival(small, { 'content-length': '101' }, '192.0.2.253', url).read).toBe('body.too-large');
    expect(intake.heldBytes).toBe(0);
  });

  it('gives the network of one sender a share, so that it cannot shut the door for the others', async () => {
    const intake = new Intake(800);
    const stalled = Array.from({ length: 20 }, (_, n) => arrival(intake, {}, `2001:db8:0:1::${n}`));
    for (const each of stalled) await each.send(90);
    expect(intake.heldBytes).toBe(90);
    for (const each of stalled.slice(1)) each.end();
    expect(await Promise.all(stalled.slice(1).map(({ read }) => read))).toEqual(
      new Array<string>(19).fill('ingest.busy'),
    );
    const honest = arrival(intake, {}, '2001:db8:0:2::1');
    await honest.send(90);
    honest.end();
    expect(await honest.read).toHaveLength(90);
    stalled[0]?.breakOff();
    await stalled[0]?.read;
    const next = arrival(intake, {}, '2001:db8:0:1::99');
    await next.send(90);
    next.end();
    expect(await next.read).toHaveLength(90);
  });

  it('takes a body that is larger than the share when its sender has no other in hand', async () => {
    const intake = new Intake(800);
    const large = arrival(intake, {}, '192.0.2.250');
    await large.send(300);
    large.end();
    expect(await large.read).toHaveLength(300);
  });

  it('lets go of a delivery once it is stored, before its sender waits for the run', async () => {
    const intake = new Intake(100);
    const one = arrival(intake);
    await one.send(60);
    one.end();
    one.request.body = await one.read;
    const seen: unknown[] = [];
    const webhooks = {
      deliver: (_token: string, { rawBody }: { rawBody: Buffer }) => {
        seen.push(rawBody.length, intake.heldBytes);
        return Promise.resolve({ kind: 'run', workspaceId: 'w', answer: {}, wanted: null });
      },
    };
    const reply = {
      send: () => {
        seen.push(one.request.body, intake.heldBytes);
        return Promise.resolve();
      },
    };
    const controller = new HooksController(webhooks as unknown as Webhooks, reply as unknown as RunReply, intake);
    await controller.deliver('token', one.request, {} as FastifyReply);
    expect(seen).toEqual([60, 60, undefined, 0]);
    one.answered();
    expect(intake.heldBytes).toBe(0);
  });
});
