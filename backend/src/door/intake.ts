/**
 * Reads bodies, and bounds what all of them hold in memory together, however slow the database is.
 *
 * 1. A body counts from its first byte until its request is answered, its sender is gone, or whoever took it is done with it:
 *    waiting for the database or for a commit included.
 * 2. Only bytes that came are counted, so a sender that announces much and sends nothing takes nothing from others.
 * 3. Beyond the bound a request is refused (`ingest.busy`) and what came of it is let go at once; the bound is exceeded by
 *    one network read at most. The rest of it is read and dropped, so that its sender is there to read the answer.
 * 4. The bodies from one network have a share of the bound, for they are read before anything is known of their sender:
 *    one who sends and stalls shuts the door for nobody else.
 * 5. Whatever the bound and the share, one body at a time gets in.
 * 6. Where events come in, a body may be larger than elsewhere: it carries somebody's data, not somebody's wish.
 */
import { API_PREFIX, eventRoutes } from '@sagawright/shared/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.js';
import { networkOf } from './rates.js';

const MIB = 1024 * 1024;
export const BODY_LIMIT_BYTES = MIB;
/** Unless the installation says otherwise. */
export const EVENT_LIMIT_BYTES = 16 * MIB;
/** Routes, as the router knows them, at which events come in. */
const DOORS_OF_EVENTS: ReadonlySet<string | undefined> = new Set([
  '/hooks/:token',
  API_PREFIX + eventRoutes.sendEvent.path,
]);
const RETRY_AFTER_SECONDS = 2;
/** Of the bound, what the bodies from one network may fill. */
const SHARE_OF_A_NETWORK = 1 / 8;

interface Held {
  readonly network: string;
  bytes: number;
}

type Done = (error: Error | null, body?: Buffer) => void;

export class Intake {
  private held = 0;
  private readonly bodies = new WeakMap<object, Held>();
  private readonly networks = new Map<string, number>();

  /**
   * @param mostBytes of all bodies together
   * @param eventBytes of one body that carries events
   */
  constructor(
    private readonly mostBytes: number,
    private readonly eventBytes = EVENT_LIMIT_BYTES,
  ) {}

  /** What the bodies in hand hold at the moment. */
  get heldBytes(): number {
    return this.held;
  }

  /** To be told of every request before its body is read. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    reply.raw.once('close', () => this.letGo(request.raw));
  }

  /** To be told when a request is done with its body, and has something else to wait for. The request has no body then. */
  release(request: FastifyRequest): void {
    request.body = undefined;
    this.letGo(request.raw);
  }

  /** A parser of Fastify: the body as it came. Fails with Refusal `body.too-large`, `request.malformed`, `ingest.busy` */
  readonly read = (request: FastifyRequest, payload: NodeJS.ReadableStream, done: Done): void => {
    const announced = Number(request.headers['content-length'] ?? Number.NaN);
    const limit = this.limitFor(request);
    if (announced > limit) return done(tooLarge(limit));
    const chunks: Buffer[] = [];
    let size = 0;
    let refusal = this.isFullFor(request) ? busy() : null;
    const end = (error: Error | null): void => {
      payload.off('data', take).off('end', finish).off('error', finish);
      if (error === null) return done(null, Buffer.concat(chunks, size));
      this.letGo(request.raw);
      done(error);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) return end(tooLarge(limit));
      if (refusal !== null) return;
      this.hold(request, chunk.length);
      chunks.push(chunk);
      if (!this.isFullFor(request)) return;
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

  private limitFor(request: FastifyRequest): number {
    return DOORS_OF_EVENTS.has(request.routeOptions.url) ? this.eventBytes : BODY_LIMIT_BYTES;
  }

  private isFullFor(request: FastifyRequest): boolean {
    const own = this.bodies.get(request.raw);
    const network = own?.network ?? networkOf(request.ip);
    const isFull = (held: number, most: number) => held > (own?.bytes ?? 0) && held > most;
    return (
      isFull(this.held, this.mostBytes) || isFull(this.networks.get(network) ?? 0, this.mostBytes * SHARE_OF_A_NETWORK)
    );
  }

  private hold(request: FastifyRequest, bytes: number): void {
    const body = this.bodies.get(request.raw) ?? { network: networkOf(request.ip), bytes: 0 };
    body.bytes += bytes;
    this.bodies.set(request.raw, body);
    this.count(body.network, bytes);
  }

  private letGo(request: object): void {
    const body = this.bodies.get(request);
    if (body === undefined) return;
    this.bodies.delete(request);
    this.count(body.network, -body.bytes);
  }

  private count(network: string, bytes: number): void {
    this.held += bytes;
    const held = (this.networks.get(network) ?? 0) + bytes;
    if (held === 0) this.networks.delete(network);
    else this.networks.set(network, held);
  }
}

function busy(): Refusal {
  return new Refusal('ingest.busy', 'More is arriving than can be stored at the moment; send it again later.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function tooLarge(limit: number): Refusal {
  return new Refusal('body.too-large', `The body is larger than ${limit / MIB} MiB; send less at once.`, {
    context: { most: limit },
  });
}
