/** The baseline of W8: bare Fastify, no signature, no check, the same group-committed insert of the same rows. */
import fastify from 'fastify';
import { connect, insertEventsAndRuns } from '@sagawright/shared/server';
import type { IngestRequest } from '@sagawright/shared/server';
import { ingestRequest } from '@sagawright/shared/testing';
import type { PublishedWorkflow } from '@sagawright/shared/testing';

const [databaseUrl = '', port = '0', workflowJson = '{}'] = process.argv.slice(2);
const workflow = JSON.parse(workflowJson) as PublishedWorkflow;
const database = await connect(databaseUrl, { applicationName: 'bench-baseline' });
const app = fastify();
let waiting: { request: IngestRequest; answer: () => void }[] = [];
let committing = 0;

async function commit(): Promise<void> {
  const batch = waiting.splice(0, 256);
  if (batch.length === 0 || committing >= 2) {
    waiting = [...batch, ...waiting];
    return;
  }
  committing += 1;
  await insertEventsAndRuns(
    database.pool,
    batch.map(({ request }) => request),
  );
  committing -= 1;
  for (const { answer } of batch) answer();
  if (waiting.length > 0) void commit();
}

app.get('/health/ready', async () => ({}));
app.post('/hooks/:token', async (request, reply) => {
  await new Promise<void>((answer) => {
    waiting.push({ request: ingestRequest(workflow, request.body as Record<string, string>), answer });
    if (waiting.length === 1) setTimeout(() => void commit(), 1);
  });
  return reply.code(202).send({});
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
