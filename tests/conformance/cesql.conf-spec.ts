/** The CloudEvents SQL conformance cases: value and error of every expression. Reads the folder that CONFORMANCE_DATA names. */
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { evaluateCesqlText } from '@sagawright/shared/event';
import type { CesqlEvent } from '@sagawright/shared/event';
import { parse } from 'yaml';
import { Suite } from './suite.js';

interface Case {
  readonly name: string;
  readonly expression: unknown;
  readonly result?: unknown;
  readonly error?: string;
  readonly event?: CesqlEvent;
  readonly eventOverrides?: CesqlEvent;
}

const ANY_EVENT: CesqlEvent = { specversion: '1.0', id: 'id', source: 'http://localhost/source', type: 'type' };

const suite = new Suite('cesql');

function difference(test: Case): string | null {
  const event = { ...(test.event ?? ANY_EVENT), ...test.eventOverrides };
  const { value, errors } = evaluateCesqlText(String(test.expression), event);
  const kinds = errors.map(({ kind }) => kind);
  if (test.error === undefined ? kinds.length > 0 : !kinds.some((kind) => kind === test.error)) {
    return `${String(test.expression)}: expected ${test.error ?? 'no error'}, got ${kinds.join(', ') || 'none'}`;
  }
  if (test.result !== undefined && value !== test.result) {
    return `${String(test.expression)}: expected ${JSON.stringify(test.result)}, got ${JSON.stringify(value)}`;
  }
  return null;
}

afterAll(() => suite.write());

if (suite.present) {
  describe('CESQL suite', () => {
    const files = readdirSync(suite.folder).filter((file) => /\.ya?ml$/.test(file));
    it.each(files.sort())('passes %s', (file) => {
      const { tests } = parse(suite.text(file)) as { tests: Case[] };
      const differences = tests.flatMap((test) => suite.record(`${file}: ${test.name}`, difference(test)) ?? []);
      expect(differences).toEqual([]);
    });
  });
} else {
  it.skip('skipped: CONFORMANCE_DATA is not set', () => undefined);
}
