import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../refusal.js';
import { BODY_LIMIT_BYTES, Intake } from './intake.js';

/** A request whose sender sends when told. */
function arrival(intake: Intake, headers: Record<string, string> = {}) {
  const body = new PassThrough();
  const response = new EventEmitter();
  const request = { headers, raw: body } as unknown as FastifyRequest;
  intake.watch(request, { raw: response } as unknown as FastifyReply);
  const read = new Promise<Buffer | string>((resolve) => {
    intake.read(request, body, (error, bytes) => resolve(bytes ?? (error as Refusal).code));
  });
  return {
    read,
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
});
