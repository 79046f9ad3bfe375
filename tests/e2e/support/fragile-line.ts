/** A line between browser and product that can be cut: what is open breaks, and nothing new gets through until mended. */
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface FragileLine {
  /** The product's address at this end of the line. */
  readonly url: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export function fragileLine(to: string): Promise<FragileLine> {
  const open = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(Number(new URL(to).port), '127.0.0.1');
    for (const [end, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(end);
      end.pipe(peer);
      end.on('error', () => peer.destroy());
      end.on('close', () => {
        open.delete(end);
        peer.destroy();
      });
    }
  });
  const cut = (): void => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({
        url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
        cut,
        mend: () => {
          whole = true;
        },
        close: () =>
          new Promise((closed) => {
            cut();
            server.close(() => {
              closed();
            });
          }),
      });
    });
  });
}
