/**
 * JSONata's own test suite through our evaluator, guardrails on: every case passes, or is listed below with its reason.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { evaluateReference, toPlainJson } from '@sagawright/shared/expression';
import type { EvaluationOptions } from '@sagawright/shared/expression';
import { FailureError } from '@sagawright/shared/kernel';
import { isSuitePresent, readCases, writeSummary } from './jsonata-suite.js';
import type { Case } from './jsonata-suite.js';

/** Our guardrails change these on purpose. */
const EXCEPTIONS: readonly { readonly matches: (test: Case) => boolean; readonly reason: string }[] = [
  {
    matches: (test) => /\$eval\b/.test(test.expr),
    reason: '$eval is left out: only what an author wrote is evaluated',
  },
  {
    matches: (test) => test.code === 'D2014' || /\[\d+\.\.\d{7,}\] ~> \$count/.test(test.expr),
    reason: 'our limit on the items of an array (expression.size) is reached before the ten million of JSONata',
  },
];

const NOW = 1_700_000_000_000;

const passed: string[] = [];
const failed: string[] = [];
const skipped: { name: string; reason: string }[] = [];

function byGroup(cases: readonly Case[]): Map<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const test of cases) {
    const group = test.name.split('/')[0] ?? '';
    groups.set(group, [...(groups.get(group) ?? []), test]);
  }
  return groups;
}

type Outcome = { readonly value: unknown } | { readonly failure: FailureError };

async function run(test: Case): Promise<Outcome> {
  const options: EvaluationOptions = {
    now: NOW,
    random: () => 0.5,
    variables: test.bindings,
    limits: {
      // The suite's own limits where it has some; else generous ones, for machines that do other things as well.
      timeoutMs: test.timelimit ?? 30_000,
      ...(test.depth === undefined ? {} : { depth: test.depth }),
    },
  };
  try {
    const result = await evaluateReference(test.expr, test.data, options);
    return { value: result === undefined ? undefined : toPlainJson(result) };
  } catch (error) {
    if (error instanceof FailureError) return { failure: error };
    throw error;
  }
}

/** @returns null when the outcome is what the suite asks for, else the difference in a line */
function difference(test: Case, outcome: Outcome): string | null {
  const code = test.code ?? test.error?.code;
  if (code !== undefined) {
    if (!('failure' in outcome)) return `expected ${code}, got ${JSON.stringify(outcome.value)}`;
    // U1001 is the suite's own name for "stopped by its limits".
    if (code === 'U1001') {
      const stopped = ['expression.depth', 'expression.timeout'].includes(outcome.failure.failure.code);
      return stopped ? null : `expected to be stopped, got ${outcome.failure.failure.code}`;
    }
    const { details } = outcome.failure.failure;
    const given =
      typeof details === 'object' && details !== null && 'jsonata' in details ? details['jsonata'] : undefined;
    return given === code ? null : `expected ${code}, got ${String(given ?? outcome.failure.failure.code)}`;
  }
  if ('failure' in outcome) return `failed: ${outcome.failure.message}`;
  if (test.undefinedResult === true)
    return outcome.value === undefined ? null : `expected nothing, got ${JSON.stringify(outcome.value)}`;
  const [got, wanted] =
    test.unordered === true ? [sorted(outcome.value), sorted(test.result)] : [outcome.value, test.result];
  return isDeepStrictEqual(got, wanted) ? null : `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value;
}

afterAll(() => {
  writeSummary('jsonata', { present: isSuitePresent, passed: passed.length, failures: failed, exceptions: skipped });
});

if (isSuitePresent) {
  describe('JSONata suite', () => {
    const groups = byGroup(readCases());
    it.each([...groups])(
      'passes %s',
      async (_group, cases) => {
        const differences: string[] = [];
        for (const test of cases) {
          const exception = EXCEPTIONS.find(({ matches }) => matches(test));
          if (exception !== undefined) {
            skipped.push({ name: test.name, reason: exception.reason });
            continue;
          }
          const different = difference(test, await run(test));
          if (different === null) passed.push(test.name);
          else {
            failed.push(`${test.name}: ${different}`);
            differences.push(`${test.name}: ${test.expr}\n  ${different}`);
          }
        }
        expect(differences).toEqual([]);
      },
      120_000,
    );
  });
} else {
  it.skip('skipped: CONFORMANCE_DATA is not set', () => undefined);
}
