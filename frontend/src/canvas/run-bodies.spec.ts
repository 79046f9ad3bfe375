import { describe, expect, it } from '@jest/globals';
import { evolve, RunFold } from '@sagawright/shared/saga';
import type { Entry, NewEntry, RunState, SagaDefinition, StepDefinition } from '@sagawright/shared/saga';
import { definition as plain } from '../runs/fixtures.js';
import { passesOf, shownBodies, shownInstance, shownLoops } from './run-bodies.js';

/** A loop over orders, with one step in it. */
const pick = plain.steps['reserve'] as StepDefinition;
const definition: SagaDefinition = {
  ...plain,
  triggers: { start: { ...plain.triggers['start'], outgoing: ['a'] } as SagaDefinition['triggers'][string] },
  steps: {
    orders: {
      ...pick,
      id: 'orders',
      key: 'orders',
      name: 'Orders',
      incoming: ['a'],
      outgoing: { out: [] },
      effect: 'pure',
      undo: { kind: 'none' },
      kind: 'for-each',
      items: '{{ trigger.data }}',
      limit: 3,
      onItemFailure: 'continue',
      entry: ['b'],
      timeoutMs: null,
    } as StepDefinition,
    pick: { ...pick, id: 'pick', key: 'pick', scope: 'orders', incoming: ['b'], outgoing: { out: [] } },
  },
  transitions: {
    a: { id: 'a', from: 'start', port: 'out', to: 'orders' },
    b: { id: 'b', from: 'orders', port: 'body', to: 'pick' },
  },
  scopes: {
    root: { id: 'root', parent: null, steps: ['orders'], handler: [] },
    orders: { id: 'orders', parent: 'root', steps: ['pick'], handler: [] },
  },
  order: ['orders', 'pick'],
};

const event = { id: 'e', source: 's', type: 't', subject: null, time: '2026-01-01T00:00:00Z', data: {}, headers: {} };
const opened: NewEntry[] = [
  { type: 'run.started', trigger: 'start', event, at: 1 },
  { type: 'step.opened', step: 'orders', path: '', generation: 1, items: ['x', 'y', 'z'], deadline: null, at: 2 },
];
const picked = (index: number): NewEntry => ({
  type: 'step.succeeded',
  step: 'pick',
  path: `orders[${String(index)}]`,
  generation: 1,
  direction: 'forward',
  attempt: 1,
  output: {},
  port: 'out',
  at: 3,
});
const refused = (index: number): NewEntry => ({
  type: 'step.failed',
  step: 'pick',
  path: `orders[${String(index)}]`,
  generation: 1,
  direction: 'forward',
  attempt: 1,
  failure: { code: 'x', kind: 'user', message: 'Sold out.' },
  retryAt: null,
  at: 3,
});

function after(...more: readonly NewEntry[]): RunState | null {
  let state: RunState | null = null;
  [...opened, ...more].forEach((entry, index) => {
    state = evolve(definition, state, { ...entry, seq: index + 1 } as Entry);
  });
  return state;
}

const shownOf = (state: RunState | null, passes = {}) => shownBodies(definition, state, passes).get('orders');

describe('the item of a loop that a drawing shows (E85)', () => {
  it('is none before the loop has begun', () => {
    expect(shownBodies(definition, null, {}).get('orders')).toBeNull();
    expect(shownInstance(definition, null, shownBodies(definition, null, {}), 'pick')).toBeNull();
  });

  it('is the one that was chosen', () => {
    const shown = shownBodies(definition, after(), { orders: 2 });
    expect(shown.get('orders')).toBe('orders[2]');
    expect(shownInstance(definition, after(), shown, 'pick')).toBe('pick@orders[2]');
  });

  it('is otherwise the first that is at work, then one that failed, then the last', () => {
    expect(shownOf(after(picked(0)))).toBe('orders[1]');
    expect(shownOf(after(picked(0), refused(1), picked(2)))).toBe('orders[1]');
    expect(shownOf(after(picked(0), picked(1), picked(2)))).toBe('orders[2]');
  });

  it('counts what is to come and says of each item what has become of it', () => {
    const state = after(picked(0), refused(1));
    const [loop] = shownLoops(definition, state, shownBodies(definition, state, {}));
    expect(loop).toMatchObject({ path: 'orders', instance: 'orders', index: 2, total: 3 });
    expect(loop?.listed.map((each) => each.state)).toEqual(['done', 'failed', 'running']);
    expect(loop).toMatchObject({ opened: 3, wrong: [1] });
  });

  it('goes through no more of a long loop than the state has not forgotten', () => {
    const long = { ...definition, forgetsBeyond: 10 };
    const count = 600;
    const begun: NewEntry[] = [
      { type: 'run.started', trigger: 'start', event, at: 1 },
      {
        type: 'step.opened',
        step: 'orders',
        path: '',
        generation: 1,
        items: Array.from({ length: count }, (_, index) => index),
        deadline: null,
        at: 2,
      },
    ];
    const over = Array.from({ length: count - 2 }, (_, index) => (index === 7 ? refused(index) : picked(index)));
    const fold = new RunFold(long);
    [...begun, ...over].forEach((entry, index) => {
      fold.fold({ ...entry, seq: index + 1 } as Entry);
    });
    let looks = 0;
    const state = fold.state as RunState;
    const scopes = new Proxy(state.scopes, {
      get: (all, key) => {
        looks += 1;
        return Reflect.get(all, key) as unknown;
      },
    });
    const watched = { ...state, scopes };
    const [loop] = shownLoops(long, watched, shownBodies(long, watched, {}));
    expect(loop).toMatchObject({ index: count - 2, total: count, opened: count, listed: [] });
    expect(looks).toBeLessThan(50);
  });

  it('reads the items out of a path', () => {
    expect(passesOf('orders[3]/lines[0]/try')).toEqual({ orders: 3, 'orders[3]/lines': 0 });
    expect(passesOf('')).toEqual({});
  });
});
