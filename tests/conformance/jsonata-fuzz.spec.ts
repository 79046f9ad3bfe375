import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareEngines, noTally } from './jsonata-engines.js';
import { FUZZ_OPTIONS, sample } from './jsonata-fuzz.js';

/** Samples on which the evaluators once differed. */
const REGRESSIONS = [{ source: 'a[("" ~> $fromMillis)]', data: {} }];

describe('fast path', () => {
  // JSONata takes a stack trace for every refusal, which Jest makes expensive.
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it.each(REGRESSIONS)('agrees with the reference on $source', async (regression) => {
    expect(await compareEngines(regression, FUZZ_OPTIONS, noTally())).toBeNull();
  });

  it('agrees with the reference on random expressions; npm run test:conformance draws 50,000', async () => {
    const tally = noTally();
    await fc.assert(
      fc.asyncProperty(sample, async (drawn) => {
        expect(await compareEngines(drawn, FUZZ_OPTIONS, tally)).toBeNull();
      }),
      { numRuns: 500, seed: 20_260_701 },
    );
    expect(tally.answered).toBeGreaterThan(250);
  }, 60_000);
});
