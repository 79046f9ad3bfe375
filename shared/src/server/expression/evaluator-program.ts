/**
 * The program of an evaluator process. A thread evaluates one template after the other; the main thread only passes messages
 * on, so that it always notices when its parent is gone, whatever the thread is doing.
 *
 * It needs a process, not only a thread: when a thread asks for one very large piece of memory, V8 ends the whole process.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { evaluateTemplate } from '../../expression/index.js';
import { FailureError } from '../../kernel/index.js';
import type { EvaluationRequest, EvaluatorMessage } from './messages.js';

if (isMainThread) passOn();
else evaluateAll();

function passOn(): void {
  const memoryMb = Number(process.argv[2]);
  const thread = new Worker(new URL(import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  });
  thread.on('message', (message: EvaluatorMessage) => process.send?.(message));
  // The parent reads the exit of this process as the end of memory; nothing else ends the thread.
  thread.on('error', () => process.exit(1));
  process.on('message', (request) => {
    thread.postMessage(request);
  });
  process.on('disconnect', () => process.exit(0));
  // A signal to the whole group is for the parent, which may still finish what it has begun.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
}

function evaluateAll(): void {
  parentPort?.on('message', (request: EvaluationRequest) => {
    void answer(request).then((message) => parentPort?.postMessage(message));
  });
  parentPort?.postMessage({ kind: 'ready' } satisfies EvaluatorMessage);
}

async function answer({ template, scope }: EvaluationRequest): Promise<EvaluatorMessage> {
  try {
    return { kind: 'value', value: await evaluateTemplate(template, scope) };
  } catch (error) {
    if (error instanceof FailureError) return { kind: 'failure', failure: error.failure };
    return { kind: 'bug', message: error instanceof Error ? error.message : String(error) };
  }
}
