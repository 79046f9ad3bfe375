/** What the undo plan says of each effect: by which name it is undone, after what, or why it stays (S14, S16, S18, S23). */
import { describe, expect, it } from '@jest/globals';
import { SINGLE_ATTEMPT } from './retry.js';
import { undoPlan } from './undo-plan.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

const planOf = (run: HandRun, path?: string) => undoPlan(run.definition, run.state, path);

describe('the undo plan', () => {
  it('calls an undo by the name of its compensation, and that of a child run by its step (S18)', async () => {
    const run = await handRun(workflow().step('charge').call('notify').step('ship').definition());
    await run.answer('charge', 'succeed');
    await run.answer('notify', { kind: 'succeeded', output: { run: 'child-1' } });
    await run.tell({
      kind: 'child',
      instance: 'notify',
      end: { outcome: 'completed', output: null, failure: null },
    });
    expect(planOf(run)).toEqual({
      steps: [
        { instance: 'notify', name: 'Undo notify', order: 1, after: [] },
        { instance: 'charge', name: 'undo charge', order: 2, after: ['notify'] },
      ],
      notUndone: [],
    });
  });

  it('holds what succeeded and what is unknown, and nothing that failed, was cancelled or has not ended (S14)', async () => {
    const saga = workflow()
      .parallel('all', [
        step('done'),
        (path) => path.step('lost', { retry: SINGLE_ATTEMPT }),
        step('refused'),
        step('busy'),
        (path) => path.delay('rest', 1000),
      ])
      .definition();
    const run = await handRun(saga);
    await run.answer('done', 'succeed');
    await run.answer('busy', 'busy');
    expect(planOf(run).steps.map((each) => each.instance)).toEqual(['done']);
    await run.answer('refused', 'refuse');
    await run.answer('lost', 'lost');
    expect(run.instance('rest').status).toBe('cancelled');
    expect(planOf(run).steps).toMatchObject([
      { instance: 'lost', order: 1, after: [] },
      { instance: 'done', order: 1, after: [] },
    ]);
  });

  it('says that an effect stays which a person decided to leave, though the rest is undone (S21)', async () => {
    const run = await handRun(workflow().step('reserve').step('charge').step('ship').definition());
    for (const call of ['reserve', 'charge']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('undo charge', 'refuse');
    await run.resolve({ kind: 'skip', reason: 'goodwill' });
    await run.answer('undo reserve', 'succeed');
    expect(planOf(run)).toEqual({
      steps: [{ instance: 'reserve', name: 'undo reserve', order: 1, after: [] }],
      notUndone: [{ instance: 'charge', reason: 'skipped' }],
    });
  });

  it('leaves out, without a word, what has no effect, and names what nobody declared (S2)', async () => {
    const saga = workflow().transform('note', 1).step('post', { undo: null }).step('ship').definition();
    const run = await handRun(saga);
    await run.answer('post', 'succeed');
    expect(planOf(run)).toEqual({ steps: [], notUndone: [{ instance: 'post', reason: 'undeclared' }] });
  });

  it('knows that a pivot in a scope holds what came before around it, and in it, but not in a body beside it (S23)', async () => {
    const saga = workflow()
      .step('before')
      .parallel('both', [
        (path) => path.scope('part', (inner) => inner.step('pack').step('pay', { undo: 'pivot' })),
        (path) => path.scope('other', step('label')),
      ])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const call of ['before', 'label@other', 'pack@part', 'pay@part']) await run.answer(call, 'succeed');
    expect(planOf(run).notUndone).toEqual(
      expect.arrayContaining([
        { instance: 'before', reason: 'before-pivot' },
        { instance: 'pack@part', reason: 'before-pivot' },
        { instance: 'label@other', reason: 'before-pivot' },
        { instance: 'pay@part', reason: 'pivot' },
      ]),
    );
    expect(planOf(run, 'part').steps).toEqual([]);
  });

  it('keeps what was undone before a pivot succeeded, and the loser of a join that is undone after one (S23, S27)', async () => {
    const saga = workflow()
      .scope('part', (path) => path.step('pack').step('label'), { error: step('mend') })
      .step('pay', { undo: 'pivot' })
      .parallel('both', [step('slow'), step('fast')], { kind: 'any', losers: 'cancel' })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@part', 'succeed');
    await run.answer('label@part', 'refuse');
    await run.answer('undo pack@part', 'succeed');
    for (const call of ['mend', 'pay', 'fast']) await run.answer(call, 'succeed');
    await run.answer('slow', 'succeed');
    expect(run.inFlight).toEqual(['ship', 'undo slow']);
    const { steps, notUndone } = planOf(run);
    expect(steps.map((each) => each.instance)).toEqual(['slow', 'pack@part']);
    expect(notUndone).toEqual(
      expect.arrayContaining([
        { instance: 'mend', reason: 'before-pivot' },
        { instance: 'fast', reason: 'before-pivot' },
      ]),
    );
  });
});
