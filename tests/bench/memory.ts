/**
 * How much memory and time a worker takes for a loop over very many items, in a process of its own whose memory is bounded:
 * pure steps one after another, effects that are all undone, and items side by side.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { insertEventsAndRuns, shardOf } from '@sagawright/shared/server';
import { ingestRequest, publishWorkflow, testDatabase, workflow } from '@sagawright/shared/testing';
import type { WorkflowBuilder } from '@sagawright/shared/testing';
import { atMost } from './figures.js';
import type { Figure } from './figures.js';

const PROGRAM = path.resolve(import.meta.dirname, '../../../workers/dist/testing/big-loop.js');
/** Of objects; with code, buffers and stacks the process stays below {@link MOST_MIB}. */
const HEAP_MIB = 400;
const MOST_MIB = 512;

interface Took {
  readonly status: string;
  readonly ms: number;
  readonly peakMiB: number;
}

const items = (count: number) => `{{ [1..${count}] }}`;

export async function benchMemory(quick: boolean): Promise<Figure[]> {
  const part = quick ? 100 : 1;
  const pure = workflow().forEach('all', items(1_000_000 / part), (each) => each.transform('twice', '{{ item * 2 }}'), {
    results: 'none',
  });
  const undone = workflow()
    .forEach('all', items(20_000 / part), (each) => each.step('book'))
    .step('refused');
  const wide = workflow().forEach('all', items(10_000 / part), (each) => each.step('book'), { limit: 10_000 });
  return [
    ...(await figuresOf(`${1_000_000 / part} items of a pure step, one after another`, pure, 'completed')),
    ...(await figuresOf(`${20_000 / part} effects in a loop, done and undone`, undone, 'compensated')),
    ...(await figuresOf(`${10_000 / part} effects side by side`, wide, 'completed')),
  ];
}

async function figuresOf(what: string, saga: WorkflowBuilder, wanted: string): Promise<Figure[]> {
  const { status, ms, peakMiB } = await run(saga, wanted);
  if (status !== wanted) throw new Error(`${what}: the run is ${status} instead of ${wanted}.`);
  return [
    {
      workload: 'memory',
      what: `${what}: peak of the worker`,
      unit: 'MiB',
      values: [peakMiB],
      target: atMost(MOST_MIB),
    },
    { workload: 'memory', what: `${what}: time`, unit: 's', values: [ms / 1000] },
  ];
}

async function run(saga: WorkflowBuilder, wanted: string): Promise<Took> {
  const database = await testDatabase();
  try {
    const published = await publishWorkflow(database.pool, saga.definition(), saga.graph());
    const request = ingestRequest(published);
    const shard = shardOf(request.runId, 1);
    const [answer] = await insertEventsAndRuns(database.pool, [{ ...request, shard }]);
    const url = database.pool.options.connectionString ?? '';
    const args = [`--max-old-space-size=${HEAP_MIB}`, PROGRAM, url, answer?.runId ?? '', wanted];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout) as Took;
  } finally {
    await database.close();
  }
}
