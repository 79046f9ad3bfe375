/** Paths: which body lies in which, what is seen from where, and how instances and transitions are named. */
import { describe, expect, it } from '@jest/globals';
import { findInstance } from './find-instance.js';
import { instanceId, refOf } from './instance.js';
import { failedNow, succeededNow } from './outcome.js';
import {
  bodiesOf,
  bodyPath,
  currentId,
  instancesUnder,
  isPivoted,
  isStopping,
  isVisibleFrom,
  isWithin,
  outerPath,
  pathsOutwards,
  scopesUnder,
  transitionKey,
} from './paths.js';
import { handRun, workflow } from './testing/index.js';
import type { HandRun } from './testing/index.js';

describe('a path', () => {
  it.each([
    ['try', ''],
    ['items', ''],
    ['items[3]', 'items'],
    ['items[3]/try', 'items[3]'],
    ['items[3]/again[0]', 'items[3]/again'],
    ['outer/inner', 'outer'],
    ['try#2', ''],
    ['a/try#2', 'a'],
  ])('%s lies in "%s"', (path, outer) => {
    expect(outerPath(path)).toBe(outer);
  });

  it('of the run lies in nothing', () => {
    expect(outerPath('')).toBeNull();
    expect([...pathsOutwards('')]).toEqual(['']);
  });

  it('leads outwards over every body around it, the run last', () => {
    expect([...pathsOutwards('a/items[3]/try')]).toEqual(['a/items[3]/try', 'a/items[3]', 'a/items', 'a', '']);
  });

  it.each([
    ['try', '', true],
    ['', '', true],
    ['', 'try', false],
    ['try', 'try', true],
    ['try/deep', 'try', true],
    ['items[0]', 'items', true],
    ['items[0]/try', 'items', true],
    ['trying', 'try', false],
    ['try#2', 'try', false],
    ['other/try', 'try', false],
    ['items[1]', 'items[0]', false],
    ['items[1]', 'items[10]', false],
    ['items[10]', 'items[1]', false],
  ])('%s is within "%s": %s', (path, outer, within) => {
    expect(isWithin(path, outer)).toBe(within);
  });

  it.each([
    ['', 'try', true],
    ['try', 'try/deep', true],
    ['try', '', true],
    ['a/b', 'c/d', true],
    ['items[0]', '', false],
    ['items[0]', 'items[1]', false],
    ['items[0]/try', 'items[0]', true],
    ['items[0]', 'items[0]/try', true],
    ['try', 'items[0]', true],
    ['try/items[0]', 'try', false],
  ])('what lies at "%s" is seen from "%s": %s (S6)', (path, reader, visible) => {
    expect(isVisibleFrom(path, reader)).toBe(visible);
  });
});

describe('names', () => {
  it('of instances tell the body and the generation, where these are not the first', () => {
    const names = [
      { step: 'a', path: '', generation: 1 },
      { step: 'a', path: '', generation: 2 },
      { step: 'a', path: 'items[3]', generation: 1 },
      { step: 'a', path: 'items[3]', generation: 2 },
    ].map(instanceId);
    expect(names).toEqual(['a', 'a#2', 'a@items[3]', 'a#2@items[3]']);
  });

  it('of bodies tell the container, what that lies in, and its generation', () => {
    const bodies = [
      { step: 'try', path: '', generation: 1 },
      { step: 'try', path: '', generation: 2 },
      { step: 'try', path: 'items[0]', generation: 1 },
      { step: 'try', path: 'items[0]', generation: 3 },
    ].map(bodyPath);
    expect(bodies).toEqual(['try', 'try#2', 'items[0]/try', 'items[0]/try#3']);
  });

  it('of transitions tell the body', () => {
    expect([transitionKey('t', ''), transitionKey('t', 'try')]).toEqual(['t', 't@try']);
  });
});

async function nested(): Promise<HandRun> {
  const run = await handRun(
    workflow()
      .step('before')
      .forEach(
        'items',
        '{{ [1, 2] }}',
        (path) => path.step('pack').scope('try', (inner) => inner.step('label').step('post')),
        { limit: 2 },
      )
      .step('after')
      .definition(),
  );
  for (const call of ['before', 'pack@items[0]', 'label@items[0]/try', 'pack@items[1]'])
    await run.answer(call, 'succeed');
  return run;
}

describe('what lies in a body', () => {
  it('is every body of a container, the loop and its items in order', async () => {
    const run = await nested();
    expect(bodiesOf(run.state, run.instance('items')).map(({ path }) => path)).toEqual([
      'items',
      'items[0]',
      'items[1]',
    ]);
    expect(bodiesOf(run.state, run.instance('try@items[0]')).map(({ path }) => path)).toEqual(['items[0]/try']);
    expect(bodiesOf(run.state, run.instance('before'))).toEqual([]);
  });

  it('is every instance in it and in the bodies inside, and every such body, outer before inner', async () => {
    const { state } = await nested();
    const ids = (path: string) => [...instancesUnder(state, path)].map(({ id }) => id);
    expect(ids('items[0]')).toEqual(['pack@items[0]', 'try@items[0]', 'label@items[0]/try', 'post@items[0]/try']);
    expect(ids('items')).toEqual([...ids('items[0]'), 'pack@items[1]', 'try@items[1]', 'label@items[1]/try']);
    expect(ids('')).toEqual(['before', 'items', ...ids('items')]);
    expect(ids('nowhere')).toEqual([]);
    const bodies = (path: string) => [...scopesUnder(state, path)].map((scope) => scope.path);
    expect(bodies('')).toEqual(['items', 'items[0]', 'items[0]/try', 'items[1]', 'items[1]/try']);
    expect(bodies('items[1]')).toEqual(['items[1]/try']);
    expect(bodies('items[1]/try')).toEqual([]);
    expect(bodies('nowhere')).toEqual([]);
  });

  it('is being stopped with what it lies in, and not with what lies in it (S15)', async () => {
    const run = await nested();
    expect(['', 'items', 'items[0]', 'items[0]/try'].some((path) => isStopping(run.state, path))).toBe(false);
    await run.answer('label@items[1]/try', 'refuse');
    const stopped = () =>
      ['', 'items', 'items[0]', 'items[0]/try', 'items[1]'].filter((path) => isStopping(run.state, path));
    expect(stopped()).toEqual(['items[1]']);
    await run.answer('undo pack@items[1]', 'succeed');
    expect(stopped()).toEqual(['items', 'items[0]', 'items[0]/try', 'items[1]']);
    expect(isPivoted(run.state, '')).toBe(false);
    expect(isPivoted(run.state, 'nowhere')).toBe(false);
  });
});

describe('an instance', () => {
  it('is found by its id, and what there is not is said by name', async () => {
    const run = await nested();
    expect(findInstance(run.definition, run.state, 'pack@items[1]')).toMatchObject({
      instance: { path: 'items[1]' },
      step: { id: 'pack' },
    });
    expect(() => findInstance(run.definition, run.state, 'nowhere')).toThrow('No step instance nowhere.');
    const { pack: _pack, ...others } = run.definition.steps;
    expect(() => findInstance({ ...run.definition, steps: others }, run.state, 'pack@items[1]')).toThrow('pack');
  });

  it('in its latest generation is the one that is meant', async () => {
    const run = await handRun(workflow().step('reserve').step('ship').definition());
    await run.answer('reserve', 'succeed');
    expect(currentId(run.state, 'reserve', '')).toBe('reserve');
    await run.answer('ship', 'refuse');
    await run.answer('undo reserve', 'refuse');
    await run.resolve({ kind: 'resume-forward' });
    expect(currentId(run.state, 'ship', '')).toBe('ship#2');
    expect(refOf(run.instance('ship#2'))).toEqual({ step: 'ship', path: '', generation: 2 });
  });

  it('that comes to its result without an attempt counts that as one', async () => {
    const run = await nested();
    const instance = run.instance('pack@items[1]');
    const reason = { kind: 'user', code: 'test', message: 'Test.' } as const;
    expect(succeededNow(instance, 7, 1, 'out')).toMatchObject({ attempt: 2, path: 'items[1]', output: 1, at: 7 });
    expect(failedNow(instance, 7, reason)).toMatchObject({ attempt: 2, failure: reason, retryAt: null });
  });
});
