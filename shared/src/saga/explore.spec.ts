import { describe, expect, it } from '@jest/globals';
import { connectors } from '../connector/index.js';
import { templates } from '../template/index.js';
import { compile } from './compile/index.js';
import type { SagaDefinition } from './definition.js';
import { explore } from './explore.js';
import type { Exploration, ExploreOptions } from './explore.js';
import { workflow } from './testing/index.js';
import type { Build } from './testing/index.js';

/** Explores to the end, and holds every state to the rules. */
function everyWay(definition: SagaDefinition, options: ExploreOptions = {}): Exploration {
  const walk = explore(definition, { cancel: false, ...options });
  expect({ complete: walk.complete, violations: walk.violations }).toEqual({ complete: true, violations: [] });
  return walk;
}

const PAID = { type: 'paid', correlation: { path: 'data.run', value: '{{ run.id }}' } };

const planOf = (walk: Exploration, step: string) =>
  walk.failurePoints
    .find((point) => point.step === step)
    ?.plan.steps.map(({ instance }) => instance)
    .sort();

/** Has no effect itself, so that its failure shows what was there before. */
const READ = { effect: 'read', undo: null } as const;

/** What can happen behind a step is known by what then fails: steps named after the ways. */
const waysThrough = (definition: SagaDefinition, options: ExploreOptions = {}) =>
  everyWay(definition, options)
    .failurePoints.map(({ step }) => step)
    .filter((step) => step.startsWith('way'))
    .sort();
const way =
  (name: string): Build =>
  (path) =>
    path.step(`way${name}`, READ);

describe('what is explored', () => {
  it('takes every way of a branch, and every subset of an inclusive step', () => {
    const branch = workflow().branch('b', { '{{ 1 = 1 }}': way('A'), '{{ 2 = 2 }}': way('B'), else: way('C') });
    expect(waysThrough(branch.definition())).toEqual(['wayA', 'wayB', 'wayC']);
    const both = workflow()
      .inclusive('i', {
        '{{ 1 = 1 }}': (path) => path.step('a', { effect: 'keyed' }),
        '{{ 2 = 2 }}': (path) => path.step('b'),
        else: (path) => path.step('c'),
      })
      .step('way', READ);
    // Both, either, or neither: the plan is the longest, and the undo of c never stands beside another.
    expect(planOf(everyWay(both.definition()), 'way')).toEqual(['a', 'b']);
  });

  it('takes every outcome and the time-out of a task, and every arm of a race', () => {
    const task = workflow().task('t', { yes: way('Yes'), no: way('No') }, { timeoutMs: 1000, timeout: way('Time') });
    expect(waysThrough(task.definition())).toEqual(['wayNo', 'wayTime', 'wayYes']);
    const race = workflow().race('r', {
      event: { event: PAID, then: way('Event') },
      timer: { afterMs: 1000, then: way('Timer') },
      task: { outcomes: ['done'], then: way('Task') },
    });
    expect(waysThrough(race.definition())).toEqual(['wayEvent', 'wayTask', 'wayTimer']);
  });

  it('has an event come, and not come in time', () => {
    const saga = workflow()
      .wait('w', PAID, { timeoutMs: 1000, timeout: way('Time') })
      .step('wayEvent', READ);
    expect(waysThrough(saga.definition())).toEqual(['wayEvent', 'wayTime']);
  });

  it('goes through no, one and two items, and through one and two passes', () => {
    const each = workflow()
      .forEach('each', '{{ [1..9] }}', (path) => path.step('item'), { limit: 3 })
      .step('way', READ);
    expect(planOf(everyWay(each.definition()), 'way')).toEqual(['item@each[0]', 'item@each[1]']);
    expect(planOf(everyWay(each.definition(), { items: 3 }), 'way')).toHaveLength(3);
    const twice = workflow()
      .repeat('twice', (path) => path.step('pass'))
      .step('way', READ);
    expect(planOf(everyWay(twice.definition()), 'way')).toEqual(['pass@twice[0]', 'pass@twice[1]']);
    const before = workflow()
      .repeat('maybe', (path) => path.step('pass'), { test: 'before' })
      .step('way', READ);
    expect(everyWay(before.definition()).outcomes['failed']).toBeGreaterThan(0);
  });

  it('has a child complete, fail, and be ended without undo (S18)', () => {
    const saga = workflow()
      .call('child', { error: way('Error') })
      .step('way', READ);
    expect(waysThrough(saga.definition())).toEqual(['way', 'wayError']);
    expect(planOf(everyWay(saga.definition()), 'way')).toEqual(['child']);
  });

  it('has time run out in a scope, which undoes what is in it (S10)', () => {
    const saga = workflow()
      .scope('s', (path) => path.step('a').step('b'), { timeoutMs: 1000 })
      .definition();
    expect(planOf(everyWay(saga), 's')).toEqual(['a@s', 'b@s']);
  });

  it('has code and attempts fail, and a step be passed over', () => {
    const saga = workflow().step('a', { skipWhen: '{{ 1 = 1 }}' }).code('c', 'return 1;').definition();
    const walk = everyWay(saga);
    expect(walk.failurePoints.map(({ step }) => step).sort()).toEqual(['a', 'c']);
    // Without a's effect there is nothing to undo when c fails.
    expect(walk.outcomes).toMatchObject({ failed: expect.any(Number), compensated: expect.any(Number) });
  });

  it('cancels at every point if asked to, and undoes what has completed (S25, S26)', () => {
    const saga = workflow().step('a').delay('pause', 1000).step('b').definition();
    expect(everyWay(saga).outcomes['cancelled']).toBeUndefined();
    expect(everyWay(saga, { cancel: true }).outcomes['cancelled']).toBeGreaterThan(0);
    const undone = everyWay(workflow().step('a').definition(), { undoFinished: true });
    expect(undone.outcomes['compensated']).toBeGreaterThan(
      everyWay(workflow().step('a').definition()).outcomes['compensated'] ?? 0,
    );
  });

  it('says what stays when a step fails after something that cannot be undone', () => {
    const saga = workflow().step('mail', { undo: 'irreversible' }).step('charge').definition();
    const [point] = everyWay(saga).failurePoints.filter(({ step }) => step === 'charge');
    expect(point?.plan.notUndone).toEqual([{ instance: 'mail', reason: 'irreversible' }]);
  });

  it('says what stays on any way to a failure, not only on the longest', () => {
    const saga = workflow()
      .branch('which', {
        '{{ 1 = 1 }}': (path) => path.step('mail', { undo: 'irreversible' }),
        else: (path) => path.step('a').step('b'),
      })
      .step('last', READ);
    const point = everyWay(saga.definition()).failurePoints.find(({ step }) => step === 'last');
    expect(point?.plan.steps).toHaveLength(2);
    expect(point?.plan.notUndone).toEqual([{ instance: 'mail', reason: 'irreversible' }]);
  });

  it('says where a run stands still until a person decides (S20)', () => {
    const saga = workflow().step('a').step('b', { onFailure: 'park' }).definition();
    expect(everyWay(saga, { cancel: true }).parked).toEqual(
      expect.arrayContaining([
        { step: 'b', direction: 'forward' },
        { step: 'a', direction: 'undo' },
      ]),
    );
    expect(everyWay(workflow().step('way', READ).definition()).parked).toEqual([]);
  });
});

describe('how far it goes', () => {
  it('stops at the bound and says so', () => {
    const walk = explore(workflow().step('a').step('b').step('c').definition(), { maxStates: 10 });
    expect(walk).toMatchObject({ states: 10, complete: false });
  });

  it('takes independent steps in every outcome, but not in every order of them', () => {
    const wide = (count: number) => {
      const branches = Array.from(
        { length: count },
        (_, index): Build =>
          (path) =>
            path.step(`s${index}`, { undo: null }),
      );
      return everyWay(workflow().parallel('p', branches).definition()).states;
    };
    // Each further step multiplies the states by what can become of it; orders would multiply them by their number as well.
    expect(wide(3) / wide(2)).toBeLessThan(6);
    expect(wide(4) / wide(3)).toBeLessThan(6);
  });

  it('gives the same answer each time, whatever the order in which branches are drawn', () => {
    const drawn = (names: string[]) =>
      everyWay(
        workflow()
          .parallel(
            'p',
            names.map(
              (name): Build =>
                (path) =>
                  path.step(name),
            ),
          )
          .definition(),
      );
    expect(drawn(['a', 'b'])).toEqual(drawn(['a', 'b']));
    expect(drawn(['b', 'a']).states).toBe(drawn(['a', 'b']).states);
  });

  it.each(templates)('proves the template $id', ({ graph }) => {
    const { definition } = compile(graph, { connectors });
    if (definition === null) throw new Error('The template does not compile.');
    expect(everyWay(definition, { cancel: true }).states).toBeLessThan(2000);
  });
});

describe('failures that a way of their own takes (S13)', () => {
  it('are told with who takes them and what stays in force, beside those that undo', () => {
    const saga = workflow()
      .step('reserve')
      .scope('try', (path) => path.step('charge').step('ship', { onFailure: 'continue' }).step('mail'), {
        handler: (path) => path.step('note', READ),
      })
      .definition();
    const walk = everyWay(saga);
    const told = Object.fromEntries(walk.handled.map(({ step, taken, stays }) => [step, { ...taken, stays }]));
    expect(told['ship']).toMatchObject({ kind: 'continue', by: 'ship', way: ['mail'] });
    expect(told['ship']?.stays).toEqual(expect.arrayContaining(['reserve', 'charge']));
    expect(told['mail']).toMatchObject({ kind: 'handler', by: 'try', way: ['note'] });
    expect(told['mail']?.stays).toEqual(expect.arrayContaining(['reserve', 'charge', 'ship']));
    expect(told['charge']).toMatchObject({ kind: 'handler', by: 'try' });
    // What fails while the handler is at work fails the scope, and with it the run.
    expect(walk.failurePoints.map(({ step }) => step).sort()).toEqual(['note', 'reserve', 'try']);
  });

  it('does not tell of what is undone before the handler begins as staying', () => {
    const saga = workflow()
      .step('reserve')
      .scope('try', (path) => path.step('charge').step('ship', READ), {
        handler: (path) => path.step('note', READ),
        undoAsUnit: true,
      })
      .definition();
    const walk = everyWay(saga);
    const ship = walk.handled.find(({ step }) => step === 'ship');
    expect(ship).toMatchObject({ taken: { kind: 'handler', by: 'try' }, stays: ['reserve'] });
    expect(ship?.plan.steps.map(({ instance }) => instance)).toEqual(['charge@try']);
    expect(planOf(walk, 'ship')).toBeUndefined();
  });

  it('tells of a loop around what stays of the same item, not of the items before', () => {
    const saga = workflow()
      .forEach('orders', '{{ trigger.data }}', (path) =>
        path.step('reserve').scope('try', (inner) => inner.step('ship', READ).step('mail'), {
          handler: (handler) => handler.step('note', READ),
        }),
      )
      .definition();
    const ship = everyWay(saga).handled.find(({ step }) => step === 'ship');
    expect(ship).toMatchObject({ taken: { kind: 'handler', by: 'try' }, stays: ['reserve'] });
  });

  it('tells that an undo stops at a save-point, with what is undone behind it (S24)', () => {
    const saga = workflow()
      .step('reserve')
      .scope('saved', (path) => path.step('charge'), { resume: (path) => path.step('again', READ) })
      .step('pack')
      .step('ship', READ)
      .definition();
    const ship = everyWay(saga).handled.find(({ step }) => step === 'ship');
    expect(ship).toMatchObject({
      taken: { kind: 'save-point', by: 'saved', way: ['again'] },
      stays: ['reserve', 'charge'],
    });
    expect(ship?.plan.steps.map(({ instance }) => instance)).toEqual(['pack']);
  });
});
