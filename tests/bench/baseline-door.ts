/** The door of the BullMQ baselines: bare Fastify, one job per POST, answered when Redis has it. */
import fastify from 'fastify';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

const [redisUrl = '', port = '0'] = process.argv.slice(2);
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const app = fastify();

app.get('/health/ready', async () => ({}));
for (const name of ['run', 'chain']) {
  const queue = new Queue(`baseline-${name}`, { connection });
  app.post(`/${name}`, async (request, reply) => {
    await queue.add('w1', { order: request.body, step: 0 });
    return reply.code(202).send({});
  });
}
await app.listen({ port: Number(port), host: '127.0.0.1' });
