import { describe, expect, it } from '@jest/globals';
import type { Entry } from '@sagawright/shared/saga';
import { definition, undoneRun } from './fixtures.js';
import { EMPTY_STORY, foldEntries } from './fold.js';
import { outcomeOf } from './outcome.js';

const after = (entries: readonly Entry[]) => {
  const { story } = foldEntries(definition, EMPTY_STORY, entries);
  return outcomeOf(definition, story.state, story.entries);
};

describe('what a run has come to (R21, R25)', () => {
  it('has nothing to say while the run goes forward', () => {
    expect(outcomeOf(definition, null, [])).toBeNull();
    expect(after(undoneRun.slice(0, 5))).toBeNull();
  });

  it('names the step that failed for good, how often it was tried, and what is still to be undone', () => {
    expect(after(undoneRun.slice(0, 7))).toMatchObject({
      cause: { kind: 'failure', instance: 'ship', name: 'Ship order', attempts: 2 },
      undos: [{ name: 'Release stock', order: 1, status: 'open' }],
      done: 0,
    });
  });

  it('follows the undo and ends with everything undone', () => {
    expect(after(undoneRun.slice(0, 8))?.undos).toMatchObject([{ status: 'running' }]);
    expect(after(undoneRun)).toMatchObject({ done: 1, stuck: false, undos: [{ status: 'done' }] });
  });

  it('says that the way back is stuck when an undo needs a person', () => {
    const failure = { code: 'http.status.422', kind: 'user' as const, message: 'The bank refuses.' };
    const place = { step: 'reserve', path: '', generation: 1, direction: 'undo' as const };
    const stuck = after([
      ...undoneRun.slice(0, 8),
      { type: 'step.failed', ...place, attempt: 1, failure, retryAt: null, at: 2290, seq: 9 },
      { type: 'incident.opened', ...place, id: 'incident-9', failure, at: 2291, seq: 10 },
    ] as Entry[]);
    expect(stuck).toMatchObject({ done: 0, stuck: true, undos: [{ status: 'stuck' }] });
  });

  it('does not take an undo that was marked as done by hand for one that ran', () => {
    const failure = { code: 'http.status.422', kind: 'user' as const, message: 'The bank refuses.' };
    const place = { step: 'reserve', path: '', generation: 1, direction: 'undo' as const };
    const resolve = (kind: 'done' | 'retry') => ({
      type: 'incident.resolved',
      incident: 'i',
      resolution: kind === 'done' ? { kind, note: 'Sent back at the counter' } : { kind },
      by: { kind: 'user', id: 'u1', name: 'Ada' },
      reason: '',
    });
    const stuck = [
      ...undoneRun.slice(0, 8),
      { type: 'step.failed', ...place, attempt: 1, failure, retryAt: null, at: 2290, seq: 9 },
      { type: 'incident.opened', ...place, incident: 'i', failure, at: 2291, seq: 10 },
    ];
    expect(after([...stuck, { ...resolve('done'), at: 2300, seq: 11 }] as Entry[])).toMatchObject({
      done: 0,
      byHand: 1,
      stuck: false,
      undos: [{ status: 'by-hand', marked: { by: 'Ada', note: 'Sent back at the counter' } }],
    });
    const again = [
      { ...resolve('retry'), at: 2300, seq: 11 },
      { type: 'step.started', ...place, attempt: 2, key: 'key-release', input: { id: 'r1' }, at: 2310, seq: 12 },
      { type: 'step.succeeded', ...place, attempt: 2, output: {}, port: '', at: 2320, seq: 13 },
    ];
    expect(after([...stuck, ...again] as Entry[])).toMatchObject({ done: 1, byHand: 0, undos: [{ marked: null }] });
  });

  it('tells who cancelled and why', () => {
    const cancel = {
      type: 'run.cancel-requested',
      by: { id: 'u1', name: 'Ada' },
      reason: 'Customer called',
      at: 1350,
      seq: 4,
    };
    expect(after([...undoneRun.slice(0, 3), cancel as unknown as Entry])?.cause).toEqual({
      kind: 'cancel',
      by: 'Ada',
      reason: 'Customer called',
    });
  });
});
