/**
 * Pairs of JSON Schemas with the compatibility that another registry finds: backward, forward, both or none.
 * Reads the folder that CONFORMANCE_DATA names.
 */
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { checkCompatibility } from '@sagawright/shared/event';
import type { Json } from '@sagawright/shared/kernel';
import { Suite } from './suite.js';

interface Case {
  readonly id: string;
  readonly enabled?: boolean;
  readonly compatibility: string;
  readonly original: Json;
  readonly updated: Json;
}

/** Where the expectation goes by the form of the schemas, and we go by the values that they accept. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'Complex: oneOf 1':
    'the alternatives overlap, so a text of six to ten characters fits exactly one before and two afterwards: it is refused then',
};

const suite = new Suite('json-schema-compatibility');

function verdict({ original, updated }: Case): string {
  const backward = checkCompatibility('BACKWARD', updated, [original]).compatible;
  const forward = checkCompatibility('FORWARD', updated, [original]).compatible;
  return backward && forward ? 'both' : backward ? 'backward' : forward ? 'forward' : 'none';
}

afterAll(() => suite.write());

if (suite.present) {
  describe('JSON Schema compatibility', () => {
    const files = readdirSync(suite.folder).filter((file) => file.endsWith('.json'));
    const cases = files.sort().flatMap((file) => (JSON.parse(suite.text(file)) as { tests: Case[] }).tests);
    it.each(cases.filter(({ enabled }) => enabled !== false))('$id ($compatibility)', (test) => {
      const found = verdict(test);
      const reason = EXCEPTIONS[test.id];
      if (found !== test.compatibility && reason !== undefined) return suite.except(test.id, reason);
      const difference = found === test.compatibility ? null : `expected ${test.compatibility}, found ${found}`;
      expect(suite.record(test.id, difference)).toBeNull();
    });
  });
} else {
  it.skip('skipped: CONFORMANCE_DATA is not set', () => undefined);
}
