/**
 * One request on one connection, and its whole answer: what undici calls, without the stream and the signals that its own
 * `request` makes for every call.
 *
 * 1. Settles once; what comes later is not listened to, and its connection is given up.
 * 2. `sent` is told when the request is put on a connection that stands; a request that was given up before never is.
 * 3. Size is bounded after decompression, and in its ratio to what came over the wire.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { BrotliDecompress, Gunzip, Inflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Patience } from './patience.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ExchangeTerms {
  readonly patience: Patience;
  readonly maxBodyBytes: number;
  /** So much of the body is enough: the rest is not read. */
  readonly keepBytes?: number;
  /** Nobody will read the body of such an answer. */
  readonly isEnough: (status: number, headers: IncomingHttpHeaders) => boolean;
  readonly sent: () => void;
}

export class BodyTooLarge extends Error {}
class GivenUp extends Error {}

/** Nothing that means well packs tighter; small answers are let off, they do no harm. */
const MAX_RATIO = 100;
const RATIO_COUNTS_FROM_BYTES = 256 * 1024;

/** Rejects with undici's error, {@link BodyTooLarge}, or anything at all once the patience is over. */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  terms: ExchangeTerms,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (terms.patience.endedBy !== null) return reject(new GivenUp());
    const handler = new Exchange(terms, resolve, reject);
    try {
      dispatcher.dispatch(request, handler);
    } catch (error) {
      handler.fail(error);
    }
    terms.patience.whenOver(() => handler.fail(new GivenUp()));
  });
}

type Decoder = Gunzip | Inflate | BrotliDecompress;

class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private settled = false;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private decoder: Decoder | null = null;
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly terms: ExchangeTerms,
    private readonly resolve: (answer: Answer) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) controller.abort(new GivenUp());
    else this.terms.sent();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.settled || status < 200) return;
    this.status = status;
    this.headers = headers;
    if (!this.terms.isEnough(status, headers)) return;
    this.finish();
    this.controller?.abort(new GivenUp());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
    // Made by the first byte: an answer without a body is not a body that ends too soon.
    if (this.size === 0 && this.decoder === null) this.decoder = this.makeDecoder(controller);
    if (this.decoder === null) this.take(chunk, this.size + chunk.length);
    else if (!this.decoder.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.decoder === null) this.finish();
    else this.decoder.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.decoder?.destroy();
    this.controller?.abort(new GivenUp());
    this.reject(error);
  }

  private makeDecoder(controller: Dispatcher.DispatchController): Decoder | null {
    const decoder = decoderFor(this.headers['content-encoding']);
    decoder
      ?.on('data', (chunk: Buffer) => this.take(chunk, decoder.bytesWritten))
      .on('drain', () => controller.resume())
      .on('end', () => this.finish())
      .on('error', (error) => this.fail(error));
    return decoder;
  }

  /** @param packed bytes that came over the wire so far */
  private take(chunk: Buffer, packed: number): void {
    if (this.settled) return;
    this.size += chunk.length;
    const { keepBytes } = this.terms;
    if (keepBytes !== undefined && this.size >= keepBytes) {
      this.chunks.push(chunk.subarray(0, chunk.length - (this.size - keepBytes)));
      this.finish();
      this.decoder?.destroy();
      this.controller?.abort(new GivenUp());
      return;
    }
    const tooTight = this.size > RATIO_COUNTS_FROM_BYTES && this.size > packed * MAX_RATIO;
    if (this.size > this.terms.maxBodyBytes || tooTight) this.fail(new BodyTooLarge());
    else this.chunks.push(chunk);
  }

  private finish(): void {
    if (this.settled) return;
    this.settled = true;
    const [only] = this.chunks;
    const body = this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks);
    this.resolve({ status: this.status, headers: this.headers, body });
  }
}

function decoderFor(encoding: string | undefined): Decoder | null {
  switch (encoding?.toLowerCase()) {
    case 'gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return null;
  }
}
