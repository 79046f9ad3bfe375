import { describe, expect, it } from '@jest/globals';
import type { FailureTaken } from '@sagawright/shared/saga';
import { takenWords } from './taken-words.js';

describe('who takes a failure (S13, S24)', () => {
  it.each<[FailureTaken['kind'], string]>([
    ['handler', 'taken by “NOTE” (on failure inside SCOPE)'],
    ['error-edge', 'taken by “NOTE” (on error of SCOPE)'],
    ['timeout-edge', 'taken by “NOTE” (on timeout of SCOPE)'],
    ['save-point', 'taken by “NOTE” (resume here of SCOPE)'],
    ['continue', 'SCOPE goes on after a failure'],
    ['item', 'SCOPE goes on without the item'],
    ['person', 'SCOPE waits for a person'],
  ])('is told by names and by what the line is called on the drawing: %s', (kind, words) => {
    expect(takenWords({ kind, by: 'scope', way: ['note'] }, (step) => step.toUpperCase())).toBe(words);
  });
});
