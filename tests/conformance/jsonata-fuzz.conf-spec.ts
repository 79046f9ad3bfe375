/**
 * Random expressions on both evaluators. `FUZZ_SEED` repeats a round, `FUZZ_COUNT` draws more; a failing sample belongs into
 * the corners of jsonata-fuzz.spec.ts.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareEngines, noTally } from './jsonata-engines.js';
import { FUZZ_OPTIONS, sample } from './jsonata-fuzz.js';
import { isSuitePresent, writeSummary } from './jsonata-suite.js';

const count = Number(process.env['FUZZ_COUNT'] ?? 50_000);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

const tally = noTally();
const differences: string[] = [];

const { stackTraceLimit } = Error;
// JSONata takes a stack trace for every refusal, which Jest makes expensive.
beforeAll(() => {
  Error.stackTraceLimit = 0;
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
  const drawn = tally.answered + tally.refused + tally.left + tally.unknown;
  writeSummary(`jsonata-fuzz (seed ${seed}: fast path answered ${tally.answered}, both refused ${tally.refused})`, {
    present: isSuitePresent,
    passed: drawn - differences.length,
    failures: differences,
    exceptions: [],
  });
});

(isSuitePresent ? it : it.skip)(
  `agrees on ${count} random expressions (seed ${seed})`,
  async () => {
    await fc.assert(
      fc.asyncProperty(sample, async (drawn) => {
        const difference = await compareEngines(drawn, FUZZ_OPTIONS, tally);
        if (difference !== null) differences.push(difference);
        expect(difference).toBeNull();
      }),
      { numRuns: count, seed },
    );
    expect(tally.answered).toBeGreaterThan(count / 2);
    // The fast path may leave what it cannot do, but hardly ever what could be answered.
    expect(tally.left + tally.unknown).toBeLessThan(count / 50);
  },
  600_000,
);
