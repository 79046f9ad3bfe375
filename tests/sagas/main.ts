/**
 * Random sagas under random faults, each checked against the rules: `npm run sagas -- --count N --seed S`.
 *
 * Threads get blocks of sagas and give back counts, so that memory does not grow with the count: millions are a matter of time
 * (`--count 2000000` for a night). A saga is known by seed and number, whatever the number of threads.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { REGRESSION_SAGAS } from '@sagawright/shared/testing';
import { violationsOf } from './check.js';
import type { Block, BlockResult } from './thread.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const [count, seed, threads] = [Number(values.count), Number(values.seed), Number(values.threads)];
if (![count, seed, threads].every(Number.isInteger) || count < 1 || threads < 1) {
  console.error('Usage: npm run sagas -- --count N --seed S [--threads T] (whole numbers, N and T at least 1)');
  process.exit(2);
}

const BLOCK = 100;
const PROGRESS_EVERY_MS = 60_000;

let violated = 0;
for (const { why, saga } of REGRESSION_SAGAS) {
  const violations = await violationsOf(saga);
  if (violations.length === 0) continue;
  violated += 1;
  console.log(`once more (${why}): ${violations.join('; ')}`);
}

const begun = performance.now();
let [next, checked, entries, states, exploredMs, shown] = [0, 0, 0, 0, 0, false];
let told = begun;

function nextBlock(): Block | null {
  if (next >= count) return null;
  const first = next;
  next = Math.min(count, first + BLOCK);
  return { seed, first, end: next, shrinks: !shown };
}

function take({ first, end }: Block, result: BlockResult): void {
  checked += end - first;
  violated += result.violated;
  entries += result.entries;
  states += result.states;
  exploredMs += result.exploredMs;
  if (result.broken !== null && !shown) {
    shown = true;
    const { index, saga, violations } = result.broken;
    console.log(`seed ${seed}, saga ${index}: ${violations.join('; ')}`);
    console.log(`Keep it in shared/src/saga/testing/regression-sagas.ts:\n${saga}`);
  }
  if (performance.now() - told < PROGRESS_EVERY_MS) return;
  told = performance.now();
  console.log(`${checked} of ${count} sagas, violations so far: ${violated}`);
}

/** Hands blocks to one thread until there are none left. */
async function employ(): Promise<void> {
  const worker = new Worker(new URL('./thread.js', import.meta.url));
  try {
    for (let block = nextBlock(); block !== null; block = nextBlock()) {
      const result = await new Promise<BlockResult>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.postMessage(block);
      });
      worker.removeAllListeners('error');
      take(block, result);
    }
  } finally {
    await worker.terminate();
  }
}

await Promise.all(Array.from({ length: Math.min(threads, Math.ceil(count / BLOCK)) }, employ));
const seconds = (performance.now() - begun) / 1000;
const statesPerSecond = exploredMs === 0 ? 0 : Math.round((states / exploredMs) * 1000);
console.log(`${Math.round(count / seconds)} sagas/s, ${Math.round(entries / seconds)} journal entries/s`);
console.log(`explore: ${states} states, ${statesPerSecond} states/s per thread`);
console.log(`sagas: ${count}, violations: ${violated}`);
process.exitCode = violated === 0 ? 0 : 1;
