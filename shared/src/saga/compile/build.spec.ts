import { describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRY, GENEROUS_RETRY } from '../retry.js';
import { workflow } from '../testing/workflow.js';
import type { StepOf } from '../definition.js';

const boxed = workflow()
  .step('before')
  .scope('box', (b) => b.step('a').forEach('each', '{{ trigger.data }}', (e) => e.step('b').step('c')), {
    handler: (h) => h.step('mend'),
    variables: { x: 1 },
    timeoutMs: 5000,
    resume: (r) => r.step('other'),
  })
  .step('after');

describe('the definition of containers', () => {
  const definition = boxed.definition();

  it('leads inside by entry and handler transitions, which are no ways on', () => {
    expect(definition.steps['box']).toMatchObject({
      kind: 'scope',
      entry: ['box-body-a'],
      outgoing: { out: ['box-out-after'], resume: ['box-resume-other'] },
      incoming: ['before-out-box'],
      savePoint: true,
      timeoutMs: 5000,
      variables: { x: 1 },
    });
    expect(definition.scopes['box']).toEqual({
      id: 'box',
      parent: 'root',
      steps: ['a', 'mend', 'each'],
      handler: ['box-handler-mend'],
    });
    expect(definition.transitions['box-body-a']).toEqual({ id: 'box-body-a', from: 'box', port: 'body', to: 'a' });
    expect(definition.steps['a']).toMatchObject({ scope: 'box', incoming: ['box-body-a'] });
    expect(definition.scopes['each']).toMatchObject({ parent: 'box', steps: ['b', 'c'], handler: [] });
    expect(definition.scopes['root']?.steps).toEqual(expect.arrayContaining(['before', 'box', 'after', 'other']));
  });

  it('orders containers before what lies in them, and that before what follows them', () => {
    const at = (id: string) => definition.order.indexOf(id);
    const inOrder = ['before', 'box', 'a', 'each', 'b', 'c', 'after'];
    expect([...inOrder].sort((x, y) => at(x) - at(y))).toEqual(inOrder);
    expect(definition.order).toHaveLength(Object.keys(definition.steps).length);
  });

  it('keeps a handler to itself: what follows the scope does not follow it', () => {
    expect(definition.steps['mend']).toMatchObject({ scope: 'box', outgoing: { out: [] } });
  });

  it('lets a path inside simply stop', () => {
    expect(definition.steps['c']?.outgoing).toEqual({ out: [] });
  });
});

describe('the definition of steps', () => {
  it('has a called workflow undone by itself when it is waited for (S18), and says nothing when it is not', () => {
    const { steps } = workflow().call('wait').call('forget', { mode: 'forget' }).definition();
    expect(steps['wait']).toMatchObject({ undo: { kind: 'child', retry: GENEROUS_RETRY }, effect: 'keyed' });
    expect(steps['wait']).toMatchObject({ retry: DEFAULT_RETRY, mode: 'wait', version: { kind: 'latest' } });
    expect(steps['forget']).toMatchObject({ undo: { kind: 'undeclared' } });
  });

  it('keeps the options of a step, and null for those not chosen', () => {
    const { steps } = workflow()
      .step('all', {
        totalTimeoutMs: 9000,
        idempotencyKey: '{{ trigger.data.id }}',
        concurrency: { key: '{{ trigger.data.shop }}', limit: 2 },
        rate: { key: 'all', limit: 5, perMs: 1000 },
        skipWhen: '{{ trigger.data.test }}',
        timeout: (late) => late.step('late'),
        onFailure: 'park',
      })
      .step('none')
      .definition();
    expect(steps['all']).toMatchObject({
      totalTimeoutMs: 9000,
      idempotencyKey: '{{ trigger.data.id }}',
      concurrency: { limit: 2 },
      rate: { perMs: 1000 },
      skipWhen: '{{ trigger.data.test }}',
      timeoutEdge: true,
      onFailure: 'park',
      outgoing: { timeout: ['all-timeout-late'] },
    });
    expect(steps['none']).toMatchObject({
      totalTimeoutMs: null,
      idempotencyKey: null,
      concurrency: null,
      rate: null,
      skipWhen: null,
      timeoutEdge: false,
    });
  });

  it('has one item at a time in a sequential loop, and as many as said in a parallel one', () => {
    const loop = (limit?: number) =>
      workflow()
        .forEach('each', '{{ trigger.data }}', (b) => b.step('a'), { limit })
        .definition().steps['each'];
    expect(loop()).toMatchObject({ limit: 1, onItemFailure: 'fail' });
    expect(loop(7)).toMatchObject({ limit: 7 });
  });

  it('leaves triggers with what their kind needs, and the run with its variables and deadline', () => {
    const definition = workflow({ kind: 'trigger.event', event: { type: 'order.placed' }, sample: { id: 1 } })
      .settings({ variables: { total: 0 }, deadlineMs: 60_000 })
      .step('a')
      .definition();
    expect(definition.triggers['start']).toEqual({
      id: 'start',
      kind: 'trigger.event',
      name: 'start',
      outgoing: ['start-out-a'],
      settings: { kind: 'trigger.event', event: { type: 'order.placed' } },
    });
    expect(definition).toMatchObject({ formatVersion: 2, variables: { total: 0 }, deadlineMs: 60_000 });
  });

  it('counts what ends a branch for everybody among the losers of its join (S27)', () => {
    const { steps } = workflow()
      .parallel(
        'p',
        [
          (one) => one.step('a'),
          (two) => two.scope('box', (b) => b.step('b')),
          (three) => three.branch('if', { '{{ trigger.data }}': (x) => x.terminate('halt'), else: (y) => y.step('c') }),
        ],
        { kind: 'any', losers: 'cancel' },
      )
      .definition();
    const { region } = steps['pJoin'] as StepOf<'join'>;
    expect([...region].sort()).toEqual(['a', 'box', 'c', 'halt', 'if']);
  });
});
