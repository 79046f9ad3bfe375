/** The reverse of the causal order across bodies: passes, items, handlers, late tokens (S16, S18). */
import { describe, expect, it } from '@jest/globals';
import { undoPlan } from './undo-plan.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const inner: Build = (path) => path.step('pack').scope('try', (box) => box.step('label'));

/** Does every call as it comes, and has the last one refused. */
async function until(run: HandRun, last: string): Promise<HandRun> {
  for (let call = run.inFlight[0]; call !== undefined && call !== last; call = run.inFlight[0])
    await run.answer(call, 'succeed');
  await run.answer(last, 'refuse');
  return run;
}

/** Number of each undo; what has the same number is undone at the same time. */
const orders = ({ definition, state }: HandRun) =>
  Object.fromEntries(undoPlan(definition, state).steps.map(({ instance, order }) => [instance, order]));

const after = ({ definition, state }: HandRun, id: string) =>
  [...(undoPlan(definition, state).steps.find((each) => each.instance === id)?.after ?? [])].sort();

describe('the order of undo (S16)', () => {
  it('of items that ran one after another is the last first, with all that lies in them', async () => {
    const saga = workflow().forEach('items', '{{ [1, 2] }}', inner).step('ship').definition();
    const run = await until(await handRun(saga), 'ship');
    expect(orders(run)).toEqual({
      'label@items[1]/try': 1,
      'pack@items[1]': 2,
      'label@items[0]/try': 3,
      'pack@items[0]': 4,
    });
    expect(after(run, 'label@items[0]/try')).toEqual(['label@items[1]/try', 'pack@items[1]']);
    expect(run.inFlight).toEqual(['undo label@items[1]/try']);
  });

  it('of items that ran beside each other is free', async () => {
    const saga = workflow().forEach('items', '{{ [1, 2] }}', inner, { limit: 2 }).step('ship').definition();
    const run = await until(await handRun(saga), 'ship');
    expect(orders(run)).toEqual({
      'label@items[0]/try': 1,
      'pack@items[0]': 2,
      'label@items[1]/try': 1,
      'pack@items[1]': 2,
    });
    expect(run.inFlight).toHaveLength(2);
  });

  it('of an item that began when another of several had ended is free of that one', async () => {
    const saga = workflow()
      .forEach('items', '{{ [1, 2, 3] }}', (path) => path.step('pack'), { limit: 2 })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const index of [1, 2, 0]) await run.answer(`pack@items[${index}]`, 'succeed');
    await run.answer('ship', 'refuse');
    expect(orders(run)).toEqual({ 'pack@items[0]': 1, 'pack@items[1]': 1, 'pack@items[2]': 1 });
  });

  it('of the passes of a repeat is the last first', async () => {
    const saga = workflow().repeat('again', inner, { until: '{{ index >= 2 }}' }).step('ship').definition();
    const run = await until(await handRun(saga), 'ship');
    expect(orders(run)).toEqual({
      'label@again[1]/try': 1,
      'pack@again[1]': 2,
      'label@again[0]/try': 3,
      'pack@again[0]': 4,
    });
  });

  it('undoes a handler before all that its scope had done, also in scopes inside', async () => {
    const saga = workflow()
      .scope('part', (path) => path.parallel('both', [inner, (two) => two.step('stick')]).step('broken'), {
        handler: (path) => path.step('mend'),
      })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const call of ['pack@part', 'label@part/try', 'stick@part']) await run.answer(call, 'succeed');
    await run.answer('broken@part', 'refuse');
    await run.answer('mend@part', 'succeed');
    await run.answer('ship', 'refuse');
    expect(after(run, 'label@part/try')).toEqual(['mend@part']);
    expect(after(run, 'stick@part')).toEqual(['mend@part']);
    expect(run.inFlight).toEqual(['undo mend@part']);
  });

  it('undoes what follows a loop before everything in it, and that before what came before the loop', async () => {
    const saga = workflow()
      .step('before')
      .forEach('items', '{{ [1, 2] }}', (path) => path.step('pack'), { limit: 2 })
      .step('after')
      .step('ship')
      .definition();
    const run = await until(await handRun(saga), 'ship');
    expect(orders(run)).toEqual({ after: 1, 'pack@items[0]': 2, 'pack@items[1]': 2, before: 3 });
  });

  it('does not hold the undo of a branch that reached its join after that had fired', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('slow'), (path) => path.step('fast')], { kind: 'any', losers: 'ignore' })
      .step('ship')
      .step('mail')
      .definition();
    const run = await handRun(saga);
    for (const call of ['fast', 'slow', 'ship']) await run.answer(call, 'succeed');
    await run.answer('mail', 'refuse');
    expect(orders(run)).toEqual({ slow: 1, ship: 1, fast: 2 });
    expect(run.inFlight.sort()).toEqual(['undo ship', 'undo slow']);
  });

  it('holds every undo that caused what is still in flight in another branch (S15)', async () => {
    const saga = workflow()
      .step('reserve')
      .parallel('both', [(path) => path.step('slow'), (path) => path.step('fast')], { kind: 'any', losers: 'cancel' })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('reserve', 'succeed');
    await run.answer('fast', 'succeed');
    await run.answer('ship', 'refuse');
    expect(run.inFlight).toEqual(['slow']);
    await run.answer('slow', 'succeed');
    expect(run.inFlight.sort()).toEqual(['undo fast', 'undo slow']);
    await run.answer('undo fast', 'succeed');
    expect(run.inFlight).toEqual(['undo slow']);
  });
});
