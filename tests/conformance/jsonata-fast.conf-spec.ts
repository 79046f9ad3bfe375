/** The gate of the fast path: every case of JSONata's own suite that it accepts, on both evaluators. */
import { afterAll, describe, expect, it } from '@jest/globals';
import type { EvaluationOptions } from '@sagawright/shared/expression';
import { compareEngines, noTally } from './jsonata-engines.js';
import { isSuitePresent, readCases, writeSummary } from './jsonata-suite.js';

/** Cases of the suite that the fast path answers; a change that makes it fewer is a loss of speed. */
const ANSWERED_AT_LEAST = 521;

const tally = noTally();
const differences: string[] = [];

afterAll(() => {
  writeSummary('jsonata-fast-path', {
    present: isSuitePresent,
    passed: tally.answered + tally.refused + tally.left - differences.length,
    failures: differences,
    exceptions: [],
    skipped: tally.unknown,
  });
});

if (isSuitePresent) {
  describe('JSONata suite', () => {
    it('gives the same on the fast path and on the reference', async () => {
      const cases = readCases();
      for (const { name, expr, data, bindings } of cases) {
        const options: EvaluationOptions = { now: 1_700_000_000_000, random: () => 0.5, variables: bindings };
        const difference = await compareEngines({ source: expr, data }, options, tally);
        if (difference !== null) differences.push(`${name}: ${difference}`);
      }
      process.stdout.write(`jsonata-fast-path: of ${cases.length} cases ${JSON.stringify(tally)}\n`);
      expect(differences).toEqual([]);
      expect(tally.answered).toBeGreaterThanOrEqual(ANSWERED_AT_LEAST);
    }, 300_000);
  });
} else {
  it.skip('skipped: CONFORMANCE_DATA is not set', () => undefined);
}
