/**
 * EventBridge content patterns, each validated against the real service: must match, must not (_NEG), or must be refused
 * (_EXC). Each is also asked of the shared index. Reads the folder that CONFORMANCE_DATA names.
 */
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { matchesPattern, parsePattern, PatternIndex } from '@sagawright/shared/event';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import JSON5 from 'json5';
import { Suite } from './suite.js';

const suite = new Suite('event-patterns');

interface Template {
  readonly Event: JsonObject;
  readonly EventPattern: Json;
}

/** Files without both halves are parts of other tests, not cases. */
function isTemplate(content: unknown): content is Template {
  return typeof content === 'object' && content !== null && 'Event' in content && 'EventPattern' in content;
}

function difference(name: string, { Event, EventPattern }: Template): string | null {
  const parsed = parsePattern(EventPattern);
  if (name.endsWith('_EXC')) return parsed.ok ? 'expected to be refused' : null;
  if (!parsed.ok) return `refused: ${parsed.problems.map(({ path, message }) => `${path}: ${message}`).join(' ')}`;
  const wanted = !name.endsWith('_NEG');
  const index = new PatternIndex<string>();
  index.add(name, parsed.pattern);
  if (matchesPattern(parsed.pattern, Event) !== wanted) return `expected ${wanted ? 'a match' : 'no match'}`;
  return index.match(Event).has(name) === wanted ? null : 'the index disagrees';
}

afterAll(() => suite.write());

if (suite.present) {
  describe('EventBridge patterns', () => {
    const files = readdirSync(suite.folder).filter((file) => /\.json5?$/.test(file));
    const cases = files.sort().flatMap((file) => {
      const content: unknown = JSON5.parse(suite.text(file));
      return isTemplate(content) ? [{ name: file.replace(/\.json5?$/, ''), content }] : [];
    });
    it.each(cases)('$name', ({ name, content }) => {
      expect(suite.record(name, difference(name, content))).toBeNull();
    });
  });
} else {
  it.skip('skipped: CONFORMANCE_DATA is not set', () => undefined);
}
