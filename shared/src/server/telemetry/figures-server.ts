/** A small port of its own for Prometheus: of workers, which have no other, and of backends whose door is the public's. */
// eslint-disable-next-line no-restricted-imports -- it answers whoever asks and calls nobody
import { createServer } from 'node:http';
import { equalInConstantTime } from '../secrets/index.js';
import { figures } from './metrics.js';

export interface FiguresServerOptions {
  readonly port: number;
  readonly host: string;
  /** What a reader has to bring as `Authorization: Bearer`; null = everybody who reaches the port may read. */
  readonly token: string | null;
}

/** @throws Error with code `EADDRINUSE` when another program has the port */
export async function serveFigures({ port, host, token }: FiguresServerOptions): Promise<{
  readonly port: number;
  close(): Promise<void>;
}> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
    } else if (!mayReadFigures(request.headers.authorization, token)) {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    } else {
      figures.exposition().then(
        (text) => response.writeHead(200, { 'content-type': figures.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    }
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function mayReadFigures(authorization: string | undefined, token: string | null): boolean {
  if (token === null) return true;
  return equalInConstantTime(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '', token);
}
