import { describe, expect, it } from '@jest/globals';
import type { SagaDefinition } from './definition.js';
import { unknownStep, unknownWord } from './later-version.js';
import { workflow } from './testing/index.js';

describe('what a later version brings', () => {
  it.each([
    [{ type: 'step.dreamed', seq: 7 }, 'entries of type "step.dreamed"'],
    [{ type: 'incident.resolved', resolution: { kind: 'sell' } }, 'resolutions of kind "sell"'],
    [{ type: 'step.waiting', awaits: [{ kind: 'timer' }, { kind: 'moon' }] }, 'waits for things of kind "moon"'],
  ])('is told in words: %j', (entry, words) => {
    expect(unknownWord(entry)).toBe(words);
  });

  it.each([
    [{ type: 'run.started' }],
    [{ type: 'incident.resolved', resolution: { kind: 'retry' } }],
    [{ type: 'step.waiting', awaits: [{ kind: 'slot' }], laterField: 1 }],
    [{ type: 'step.waiting', awaits: [] }],
    [{}],
  ])('is not seen in what this one knows, nor in what is no entry at all: %j', (entry) => {
    expect(unknownWord(entry)).toBeNull();
  });

  it('is a step kind too', () => {
    const today = workflow().step('a').delay('b', 5).definition();
    expect(unknownStep(today)).toBeNull();
    const { a, ...steps } = today.steps;
    const later = { ...today, steps: { ...steps, a: { ...a, kind: 'dream' } } } as unknown as SagaDefinition;
    expect(unknownStep(later)).toBe('steps of kind "dream"');
  });
});
