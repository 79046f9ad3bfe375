import path from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Addresses that belong to machines: never answered with the web app's page. */
const MACHINES = /^\/(api|hooks|health)(\/|$)/;

/** Serves the built web app: its files as they are, and its page for every other address that a browser can show. */
export async function serveWebApp(fastify: FastifyInstance, root: string): Promise<void> {
  // Loaded when it is needed: a backend behind another web server does without.
  const { default: fastifyStatic } = await import('@fastify/static');
  await fastify.register(fastifyStatic, {
    root: path.resolve(root),
    wildcard: false,
    index: false,
    setHeaders: (response, file) => {
      // File names below assets/ carry a hash of their content.
      const lasting = file.includes(`${path.sep}assets${path.sep}`);
      response.setHeader('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  fastify.get('/*', (request, reply) => {
    const [address = '/'] = request.url.split('?');
    if (MACHINES.test(address) || /\.[a-z0-9]+$/i.test(address)) return reply.callNotFound();
    return reply.sendFile('index.html');
  });
}
