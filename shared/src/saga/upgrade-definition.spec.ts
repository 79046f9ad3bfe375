import { describe, expect, it } from '@jest/globals';
import type { SagaDefinition } from './definition.js';
import { DEFAULT_RETRY, GENEROUS_RETRY } from './retry.js';
import { workflow } from './testing/index.js';
import { upgradeDefinition } from './upgrade-definition.js';

/** As it was published by the release before. */
const stored = {
  formatVersion: 1,
  triggers: {
    hook: {
      id: 'hook',
      kind: 'trigger.webhook',
      name: 'Order received',
      scheme: 'standard-webhooks',
      outgoing: ['line-1'],
    },
    hand: { id: 'hand', kind: 'trigger.manual', name: 'By hand', outgoing: ['line-0'] },
  },
  steps: {
    charge: {
      id: 'charge',
      key: 'charge',
      name: 'Charge',
      scope: 'root',
      incoming: ['line-0', 'line-1'],
      outgoing: { out: ['line-2'], error: ['line-3'] },
      kind: 'action',
      connector: 'demo-shop',
      operation: 'charge',
      input: { orderId: '{{ trigger.data.orderId }}' },
      effect: 'keyed',
      undo: {
        kind: 'compensation',
        name: 'Refund',
        connector: 'demo-shop',
        operation: 'refund',
        input: { chargeId: '{{ step.output.body.chargeId }}' },
        effect: 'keyed',
        retry: GENEROUS_RETRY,
        attemptTimeoutMs: 60_000,
      },
      retry: DEFAULT_RETRY,
      attemptTimeoutMs: 30_000,
      onFailure: 'error-edge',
    },
    shape: {
      id: 'shape',
      key: 'shape',
      name: 'Shape',
      scope: 'root',
      incoming: ['line-2'],
      outgoing: { out: ['line-4'] },
      effect: 'pure',
      undo: { kind: 'none' },
      kind: 'transform',
      values: { a: 1 },
    },
    done: {
      id: 'done',
      key: 'done',
      name: 'Done',
      scope: 'root',
      incoming: ['line-3', 'line-4'],
      outgoing: {},
      effect: 'pure',
      undo: { kind: 'none' },
      kind: 'end',
      output: null,
    },
  },
  transitions: {
    'line-0': { id: 'line-0', from: 'hand', port: 'out', to: 'charge' },
    'line-1': { id: 'line-1', from: 'hook', port: 'out', to: 'charge' },
    'line-2': { id: 'line-2', from: 'charge', port: 'out', to: 'shape' },
    'line-3': { id: 'line-3', from: 'charge', port: 'error', to: 'done' },
    'line-4': { id: 'line-4', from: 'shape', port: 'out', to: 'done' },
  },
  scopes: { root: { id: 'root', parent: null, steps: ['charge', 'shape', 'done'] } },
  order: ['charge', 'shape', 'done'],
};

describe('upgradeDefinition (S8)', () => {
  it('fills what format 1 did not know, and leaves what it said', () => {
    const upgraded: SagaDefinition = upgradeDefinition(stored);
    expect(upgraded).toMatchObject({
      formatVersion: 2,
      triggers: {
        hook: { outgoing: ['line-1'], settings: { kind: 'trigger.webhook', scheme: 'standard-webhooks' } },
        hand: { settings: { kind: 'trigger.manual' } },
      },
      steps: {
        charge: {
          ...stored.steps.charge,
          onFailure: 'error-edge',
          timeoutEdge: false,
          skipWhen: null,
          totalTimeoutMs: null,
          idempotencyKey: null,
          concurrency: null,
          rate: null,
        },
        shape: { onFailure: 'fail', assign: null },
        done: { onFailure: 'fail' },
      },
      transitions: stored.transitions,
      scopes: { root: { parent: null, handler: [], steps: ['charge', 'shape', 'done'] } },
      order: stored.order,
      variables: {},
      deadlineMs: null,
    });
    expect(upgraded.triggers['hook']).not.toHaveProperty('scheme');
  });

  it('gives each step exactly the fields that are compiled today', () => {
    const today = workflow().step('charge').transform('shape', { a: 1 }).definition();
    const upgraded = upgradeDefinition(stored);
    const fieldsOf = (step: object | undefined) => Object.keys(step ?? {}).sort();
    for (const [old, now] of [
      ['charge', 'charge'],
      ['shape', 'shape'],
      ['done', 'end'],
    ] as const)
      expect(fieldsOf(upgraded.steps[old])).toEqual(fieldsOf(today.steps[now]));
    expect(Object.keys(upgraded).sort()).toEqual(Object.keys(today).sort());
  });

  it("leaves today's format as it is", () => {
    const today = workflow().step('a').definition();
    expect(upgradeDefinition(today)).toBe(today);
  });

  it.each([[{ formatVersion: 3 }], [{}], [null], ['text']])('refuses %j, and says what it reads', (json) => {
    expect(() => upgradeDefinition(json)).toThrow(/formats 1 and 2/);
  });
});
