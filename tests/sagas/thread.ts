/** Checks blocks of sagas that the main thread hands out, one after another. */
import { parentPort } from 'node:worker_threads';
import { check, sagaOf, shrink, violationsOf } from './check.js';

export interface Block {
  readonly seed: number;
  readonly first: number;
  /** The index after the last. */
  readonly end: number;
  /** Whether a saga that breaks a rule is shrunk; it takes its time. */
  readonly shrinks: boolean;
}

export interface BlockResult {
  readonly violated: number;
  readonly entries: number;
  readonly states: number;
  readonly exploredMs: number;
  /** The first saga that broke a rule, made smaller. */
  readonly broken: { readonly index: number; readonly saga: string; readonly violations: readonly string[] } | null;
}

async function checkBlock({ seed, first, end, shrinks }: Block): Promise<BlockResult> {
  let [violated, entries, states, exploredMs] = [0, 0, 0, 0];
  let broken: BlockResult['broken'] = null;
  for (let index = first; index < end; index += 1) {
    const checked = await check(seed, index);
    entries += checked.entries;
    states += checked.states;
    exploredMs += checked.exploredMs;
    if (checked.violations.length === 0) continue;
    violated += 1;
    if (broken !== null || !shrinks) continue;
    const small = await shrink(sagaOf(seed, index));
    const shown = await violationsOf(small);
    const violations = shown.length > 0 ? shown : checked.violations;
    broken = { index, saga: JSON.stringify(small), violations };
  }
  return { violated, entries, states, exploredMs, broken };
}

parentPort?.on('message', (block: Block) => {
  void checkBlock(block).then((result) => parentPort?.postMessage(result));
});
