/**
 * A link: a small TCP proxy between two parties of the stage, which can be cut, slowed down, silenced, or made to swallow
 * answers. Its port stays the same for as long as the stage stands, whatever happens behind it.
 */
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Nothing goes through any more, and nobody is told. */
  silent: boolean;
}

export class Link {
  private readonly pairs = new Set<Pair>();
  private delayMs = 0;
  private refusing = false;
  private swallows: { readonly word: string; left: number } | null = null;
  /** How many answers were swallowed so far. */
  swallowed = 0;

  private constructor(
    private readonly server: Server,
    readonly farPort: number,
  ) {
    server.on('connection', (near) => this.join(near));
  }

  static async to(farPort: number): Promise<Link> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Link(server, farPort);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The same address by way of this link. */
  via(url: string): string {
    const through = new URL(url);
    through.port = String(this.port);
    return through.href.replace(/\/$/, '');
  }

  /** Ends every connection; with `refuse` new ones are ended as well, until {@link mend}. */
  cut(refuse = false): void {
    this.refusing = refuse;
    for (const pair of this.pairs) end(pair);
  }

  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** The connections of this moment stay open and carry nothing any more, for good. New ones work. */
  silence(): void {
    for (const pair of this.pairs) pair.silent = true;
  }

  /** The next requests that contain the word arrive and are answered; the answer is lost, and the connection with it. */
  swallowAnswersTo(word: string, times: number): void {
    this.swallows = { word, left: times };
  }

  mend(): void {
    this.refusing = false;
    this.delayMs = 0;
    this.swallows = null;
  }

  async close(): Promise<void> {
    this.cut(true);
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private join(near: Socket): void {
    if (this.refusing) {
      near.destroy();
      return;
    }
    const far = connect(this.farPort, '127.0.0.1');
    const pair: Pair = { near, far, silent: false };
    this.pairs.add(pair);
    let doomed = false;
    near.on('data', (bytes: Buffer) => {
      if (this.swallows !== null && this.swallows.left > 0 && bytes.includes(this.swallows.word)) {
        this.swallows.left -= 1;
        doomed = true;
      }
      this.pass(pair, far, bytes);
    });
    far.on('data', (bytes: Buffer) => {
      if (doomed && !pair.silent) {
        this.swallowed += 1;
        end(pair);
      } else this.pass(pair, near, bytes);
    });
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        // The other side of a silent connection learns nothing.
        if (!pair.silent) end(pair);
        this.pairs.delete(pair);
      });
    }
  }

  private pass(pair: Pair, to: Socket, bytes: Buffer): void {
    if (pair.silent) return;
    if (this.delayMs === 0) to.write(bytes);
    else setTimeout(() => to.write(bytes), this.delayMs);
  }
}

function end({ near, far }: Pair): void {
  near.destroy();
  far.destroy();
}
