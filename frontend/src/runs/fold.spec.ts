import { describe, expect, it } from '@jest/globals';
import { replay } from '@sagawright/shared/saga';
import { EMPTY_STORY, foldEntries, stateAt } from './fold.js';
import { entryGroups, entryWords } from './entry-words.js';
import { definition, undoneRun } from './fixtures.js';

describe('folding live entries (R14)', () => {
  it('gives the state that a replay gives, in whatever portions the entries come', () => {
    const whole = replay(definition, undoneRun);
    for (const size of [1, 3, 10]) {
      let story = EMPTY_STORY;
      for (let from = 0; from < undoneRun.length; from += size) {
        story = foldEntries(definition, story, undoneRun.slice(from, from + size)).story;
      }
      expect(story.state).toEqual(whole);
    }
    expect(whole?.status).toBe('compensated');
  });

  it('ignores what it already knows, so that a stream may repeat itself', () => {
    const { story } = foldEntries(definition, EMPTY_STORY, undoneRun.slice(0, 4));
    expect(foldEntries(definition, story, undoneRun.slice(1, 4)).story).toBe(story);
  });

  it('stops at a hole and says so, instead of showing what comes behind it', () => {
    const { story } = foldEntries(definition, EMPTY_STORY, undoneRun.slice(0, 2));
    const folded = foldEntries(definition, story, undoneRun.slice(4, 6));
    expect(folded).toEqual({ story, gap: true });
  });

  it('shows the run as it was after any entry (R35)', () => {
    const { story } = foldEntries(definition, EMPTY_STORY, undoneRun);
    expect(stateAt(definition, story, 5)).toEqual(replay(definition, undoneRun.slice(0, 5)));
    expect(stateAt(definition, story, 99)).toBe(story.state);
  });
});

describe('entries in words (R19)', () => {
  it('say what happened, in which direction, and what follows', () => {
    const titles = undoneRun.map((entry) => entryWords(definition, entry).title);
    expect(titles[4]).toBe('Ship order failed, next attempt after 500 ms');
    expect(titles[6]).toBe('Ship order failed, for good');
    expect(titles[8]).toBe('Release stock succeeded');
    expect(titles[9]).toBe('Run undone');
  });

  it('belong to the groups by which the journal is filtered', () => {
    const [started, , , , failed] = undoneRun;
    expect(started === undefined ? [] : entryGroups(started)).toEqual(['run']);
    expect(failed === undefined ? [] : entryGroups(failed)).toEqual(['steps', 'failures']);
  });
});
