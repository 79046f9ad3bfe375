/**
 * A163: a job that kills whichever worker takes it up. Each attempt is in the journal before it is made, so that it counts although
 * nobody lived to say what came of it: the attempts run out, and the next worker gives the step up and lives on.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { until, workflow } from '@sagawright/shared/testing';
import { done, Engine } from './testing/engine.js';
import type { Worker } from './worker.js';

jest.setTimeout(120_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

const ATTEMPTS = 3;
const retry = {
  ...{ maxAttempts: ATTEMPTS, initialDelayMs: 0, factor: 1, maxDelayMs: 0, jitter: 'none' as const },
  ...{ retryOn: [], neverRetryOn: [] },
};

it('a job that kills every worker that takes it up is given up after its attempts, and other runs go on (A163)', async () => {
  const workers: Worker[] = [];
  engine.answer = (_call, name) => {
    if (name !== 'do poison') return done;
    workers.at(-1)?.crash();
    return new Promise(() => undefined);
  };
  const poisoned = await engine.run(workflow().step('reserve').step('poison', { retry }));
  const killed = () => engine.calls.filter(({ input }) => input['step'] === 'poison').length;
  for (let count = 1; count <= ATTEMPTS; count += 1) {
    workers.push(await engine.hire({ leaseMs: 500 }));
    await until(() => killed() === count, 60_000);
  }
  workers.push(await engine.hire({ leaseMs: 500 }));
  const other = await engine.run(workflow().step('ship'));
  await engine.comesTo(other, 'completed');
  await until(async () => ['compensated', 'blocked'].includes(await engine.statusOf(poisoned)), 60_000);
  expect(engine.names().filter((name) => name === 'do poison')).toHaveLength(ATTEMPTS);
  expect(engine.names()).toContain('do ship');
});
