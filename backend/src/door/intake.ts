/**
 * Reads bodies, and bounds what all of them hold in memory together, however slow the database is.
 *
 * 1. A body counts from its first byte until its request is answered or its sender is gone: waiting for the database, for a
 *    commit or for a run's answer included.
 * 2. Only bytes that came are counted, so a sender that announces much and sends nothing takes nothing from others.
 * 3. Beyond the bound a request is refused (`ingest.busy`) and what came of it is let go at once; the bound is exceeded by
 *    one network read at most. The rest of it is read and dropped, so that its sender is there to read the answer.
 * 4. Whatever the bound, one body at a time gets in.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.js';

export const BODY_LIMIT_BYTES = 1024 * 1024;
const RETRY_AFTER_SECONDS = 2;

type Done = (error: Error | null, body?: Buffer) => void;

export class Intake {
  private held = 0;
  private readonly sizes = new WeakMap<object, number>();

  constructor(private readonly mostBytes: number) {}

  /** What the bodies in hand hold at the moment. */
  get heldBytes(): number {
    return this.held;
  }

  /** To be told of every request before its body is read. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    reply.raw.once('close', () => this.letGo(request.raw));
  }

  /** A parser of Fastify: the body as it came. Fails with Refusal `body.too-large`, `request.malformed`, `ingest.busy` */
  readonly read = (request: FastifyRequest, payload: NodeJS.ReadableStream, done: Done): void => {
    const announced = Number(request.headers['content-length'] ?? Number.NaN);
    if (announced > BODY_LIMIT_BYTES) return done(tooLarge());
    const chunks: Buffer[] = [];
    let size = 0;
    let refusal = this.isFullFor(request.raw) ? busy() : null;
    const end = (error: Error | null): void => {
      payload.off('data', take).off('end', finish).off('error', finish);
      if (error === null) return done(null, Buffer.concat(chunks, size));
      this.letGo(request.raw);
      done(error);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) return end(tooLarge());
      if (refusal !== null) return;
      this.hold(request.raw, chunk.length);
      chunks.push(chunk);
      if (!this.isFullFor(request.raw)) return;
      refusal = busy();
      chunks.length = 0;
      this.letGo(request.raw);
    };
    const finish = (error?: Error): void => {
      if (error !== undefined || (!Number.isNaN(announced) && size !== announced)) {
        return end(new Refusal('request.malformed', 'The body ended before it was whole.', {}, { cause: error }));
      }
      end(refusal);
    };
    payload.on('data', take).on('end', finish).on('error', finish);
  };

  private isFullFor(request: object): boolean {
    const own = this.sizes.get(request) ?? 0;
    return this.held > own && this.held > this.mostBytes;
  }

  private hold(request: object, bytes: number): void {
    this.held += bytes;
    this.sizes.set(request, (this.sizes.get(request) ?? 0) + bytes);
  }

  private letGo(request: object): void {
    this.held -= this.sizes.get(request) ?? 0;
    this.sizes.delete(request);
  }
}

function busy(): Refusal {
  return new Refusal('ingest.busy', 'More is arriving than can be stored at the moment; send it again later.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function tooLarge(): Refusal {
  return new Refusal('body.too-large', 'The body is larger than 1 MiB; send less at once.');
}
