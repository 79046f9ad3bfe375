import { describe, expect, it } from '@jest/globals';
import { renameStepReferences } from '../expression/index.js';
import type { Json } from '../kernel/index.js';
import { draw, rewrite, row } from './testing/drawing.js';
import { addStep, mapTemplates, NODE_KINDS, nodeSchema, renameStep, templateFields } from './index.js';
import type { GraphNode, NodeKind } from './index.js';

const T = '{{ steps.charge.output.id }}';
const undo = { kind: 'compensation' as const, name: 'Back', connector: 'shop', operation: 'release', input: { id: T } };
const task = {
  title: T,
  instructions: T,
  assignees: [T],
  outcomes: [{ id: 'yes', label: T }],
  form: { title: T },
  escalation: { afterMs: 1, to: [T] },
};
const attempt = {
  idempotencyKey: T,
  concurrency: { key: T, limit: 1 },
  rate: { key: T, limit: 1, perMs: 1 },
  skipWhen: T,
};
const event = { type: 'paid', filter: { type: [T] }, correlation: { path: 'subject', value: T } };
const cases = [{ id: 'one', label: T, when: T }];

/** A node of each kind with an expression wherever text can stand, and the fields in which it is one. */
const FULL: { readonly [K in NodeKind]?: readonly [GraphNode, readonly string[]] } = {
  action: [
    draw('action', 'n', { input: { id: T }, undo, ...attempt }),
    ['input', 'undo.input', 'idempotencyKey', 'concurrency.key', 'rate.key', 'skipWhen'],
  ],
  call: [
    draw('call', 'n', { input: { id: T }, undo, ...attempt }),
    ['input', 'undo.input', 'idempotencyKey', 'concurrency.key', 'rate.key', 'skipWhen'],
  ],
  emit: [
    draw('emit', 'n', { event: { type: T, subject: T, data: { id: T }, partitionKey: T }, undo, ...attempt }),
    [
      'event.type',
      'event.subject',
      'event.data',
      'event.partitionKey',
      'undo.input',
      'idempotencyKey',
      'concurrency.key',
      'rate.key',
      'skipWhen',
    ],
  ],
  transform: [draw('transform', 'n', { values: [T], assign: { a: T }, skipWhen: T }), ['values', 'assign', 'skipWhen']],
  code: [draw('code', 'n', { source: T, input: { id: T }, skipWhen: T }), ['input', 'skipWhen']],
  branch: [draw('branch', 'n', { cases }), ['cases.0.when']],
  inclusive: [draw('inclusive', 'n', { cases }), ['cases.0.when']],
  race: [
    draw('race', 'n', {
      arms: [
        { id: 'e', label: T, kind: 'event', event },
        { id: 't', label: T, kind: 'timer', delay: { kind: 'until', instant: T } },
        { id: 'p', label: T, kind: 'task', task },
      ],
      skipWhen: T,
    }),
    [
      'arms.0.event.correlation.value',
      'arms.1.delay.instant',
      'arms.2.task.title',
      'arms.2.task.instructions',
      'arms.2.task.assignees',
      'arms.2.task.escalation.to',
      'skipWhen',
    ],
  ],
  'for-each': [draw('for-each', 'n', { items: T, skipWhen: T }), ['items', 'skipWhen']],
  repeat: [draw('repeat', 'n', { until: T, skipWhen: T }), ['until', 'skipWhen']],
  scope: [draw('scope', 'n', { variables: { a: T }, undo, skipWhen: T }), ['variables', 'undo.input', 'skipWhen']],
  delay: [draw('delay', 'n', { delay: { kind: 'until', instant: T }, skipWhen: T }), ['delay.instant', 'skipWhen']],
  wait: [draw('wait', 'n', { event, skipWhen: T }), ['event.correlation.value', 'skipWhen']],
  task: [
    draw('task', 'n', { task, skipWhen: T }),
    ['task.title', 'task.instructions', 'task.assignees', 'task.escalation.to', 'skipWhen'],
  ],
  respond: [draw('respond', 'n', { headers: { a: T }, body: T, skipWhen: T }), ['headers', 'body', 'skipWhen']],
  end: [draw('end', 'n', { output: T }), ['output']],
  terminate: [draw('terminate', 'n', { output: T }), ['output']],
  fail: [draw('fail', 'n', { code: 'x', message: T }), ['message']],
};

describe('templateFields', () => {
  it.each(Object.entries(FULL))('lists the templates of %s, and nothing else', (_kind, [node, fields]) => {
    expect(templateFields(node).map((field) => field.path.join('.'))).toEqual(fields);
  });

  it.each(NODE_KINDS.filter((kind) => !(kind in FULL)))('finds none in %s', (kind) => {
    expect(templateFields(draw(kind, 'n'))).toEqual([]);
  });

  it('leaves out what is absent', () => {
    expect(templateFields(draw('action', 'n')).map((field) => field.path)).toEqual([['input']]);
  });

  it.each(Object.entries(FULL))(
    'renames a step in every template of %s, and in nothing else (E10)',
    (_kind, [node, fields]) => {
      const graph = addStep(row({ ...draw('action', 'c'), name: 'Charge' }), node, { x: 0, y: 0 }).graph;
      const renamed = renameStep(graph, 'c', 'Pay', renameStepReferences);
      const after = renamed?.edit.graph.nodes['n'];
      expect(nodeSchema.safeParse(after).error).toBeUndefined();
      expect(JSON.stringify(after).split('steps.pay.')).toHaveLength(1 + (renamed?.count ?? 0));
      for (const field of templateFields(after ?? node)) expect(JSON.stringify(field.value)).not.toContain('charge');
      expect(renamed?.count).toBeGreaterThanOrEqual(fields.length);
    },
  );

  it('writes a field without touching the rest, and gives the same node when nothing changes', () => {
    const node = draw('task', 'n', { task });
    const [title] = templateFields(node);
    const changed = title?.put(node, 'new');
    expect(changed).toMatchObject({ task: { title: 'new', instructions: T } });
    expect(mapTemplates(node, (template: Json) => template)).toBe(node);
    expect(mapTemplates(node, (template) => rewrite(template, 'charge', 'pay').template)).not.toBe(node);
  });

  it('says which templates see the inside of a loop, and which the step that they undo (S17)', () => {
    const views = (node: GraphNode) => templateFields(node).map(({ view }) => view);
    expect(views(draw('repeat', 'n', { skipWhen: T }))).toEqual(['body', 'step']);
    expect(views(draw('scope', 'n', { undo }))).toEqual(['undo']);
  });
});
