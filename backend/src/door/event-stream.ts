import type { FastifyReply } from 'fastify';

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
  /** Comes back as `Last-Event-ID` when the browser reconnects. */
  readonly id?: string;
}

/** One reader of server-sent events. Waits when the reader is slow; after it is gone, sending does nothing. */
export class EventStream {
  closed = false;
  private readonly onClosed = new Set<() => void>();

  private constructor(private readonly reply: FastifyReply) {
    reply.raw.on('close', () => {
      this.closed = true;
      for (const tell of this.onClosed) tell();
    });
  }

  /** Takes the answer out of the framework's hands. Refuse before you open. */
  static open(reply: FastifyReply): EventStream {
    reply.hijack();
    const stream = new EventStream(reply);
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
    reply.raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.write('retry: 1000\n\n');
    return stream;
  }

  async send(event: StreamEvent): Promise<void> {
    const id = event.id === undefined ? '' : `id: ${event.id}\n`;
    await this.write(`${id}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`);
  }

  /** A line that readers ignore; keeps proxies from closing a quiet connection. */
  async comment(text: string): Promise<void> {
    await this.write(`: ${text}\n\n`);
  }

  onClose(tell: () => void): void {
    this.onClosed.add(tell);
  }

  /** Ends it without waiting for a reader that does not read. */
  cutOff(): void {
    this.end();
    this.reply.raw.destroy();
  }

  end(): void {
    if (!this.closed) this.reply.raw.end();
    this.closed = true;
    for (const tell of this.onClosed) tell();
  }

  private async write(text: string): Promise<void> {
    if (this.closed || this.reply.raw.write(text)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.reply.raw.off('drain', go);
        this.onClosed.delete(go);
        resolve();
      };
      this.reply.raw.on('drain', go);
      this.onClosed.add(go);
    });
  }
}
