import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { format, resolveConfig } from 'prettier';
import { behind, draw, row } from './testing/drawing.js';
import { emptyGraph, graphSchema, NODE_KINDS, readGraph, withNodes, workflowDocumentSchema } from './index.js';
import type { GraphNode } from './index.js';

/** As version 1 wrote it: every kind and every field that it knew. */
const VERSION_1 = {
  schemaVersion: 1,
  settings: { direction: 'tb', strict: true },
  nodes: {
    hook: {
      id: 'hook',
      kind: 'trigger.webhook',
      name: 'Order',
      position: { x: 0, y: 0 },
      scheme: 'github',
      sample: { a: [1] },
    },
    hand: { id: 'hand', kind: 'trigger.manual', name: 'By hand', position: { x: 0, y: 112 }, note: 'for tests' },
    charge: {
      id: 'charge',
      kind: 'action',
      name: 'Charge',
      position: { x: 304, y: 0 },
      connector: 'shop',
      operation: 'charge',
      input: { amount: '{{ trigger.data.amount }}' },
      effect: 'keyed',
      undo: {
        kind: 'compensation',
        name: 'Refund',
        connector: 'shop',
        operation: 'refund',
        input: {},
        attemptTimeoutMs: 5,
      },
      retry: {
        maxAttempts: 3,
        initialDelayMs: 10,
        factor: 2,
        maxDelayMs: 100,
        jitter: 'full',
        retryOn: ['http'],
        neverRetryOn: [],
      },
      attemptTimeoutMs: 1000,
      onFailure: 'error-edge',
    },
    values: { id: 'values', kind: 'transform', name: 'Values', position: { x: 608, y: 0 }, values: { a: '{{ 1 }}' } },
    which: {
      id: 'which',
      kind: 'branch',
      name: 'Which',
      position: { x: 912, y: 0 },
      cases: [{ id: 'big', label: 'big', when: '{{ true }}' }],
    },
    split: { id: 'split', kind: 'parallel', name: 'Split', position: { x: 1216, y: 0 } },
    join: {
      id: 'join',
      kind: 'join',
      name: 'Join',
      position: { x: 1520, y: 0 },
      mode: { kind: 'any', losers: 'cancel' },
    },
    rest: {
      id: 'rest',
      kind: 'delay',
      name: 'Rest',
      position: { x: 1824, y: 0 },
      delay: { kind: 'for', durationMs: 5000 },
    },
    end: { id: 'end', kind: 'end', name: 'End', position: { x: 2128, y: 0 }, output: { ok: true } },
    fail: {
      id: 'fail',
      kind: 'fail',
      name: 'Fail',
      position: { x: 608, y: 112 },
      code: 'refused',
      message: 'No {{ 1 }}',
    },
    note: {
      id: 'note',
      kind: 'note',
      name: 'Note',
      position: { x: 0, y: 400 },
      text: 'see',
      size: { width: 160, height: 96 },
    },
  },
  edges: {
    e1: { id: 'e1', from: 'hook', port: 'out', to: 'charge' },
    e2: { id: 'e2', from: 'charge', port: 'error', to: 'fail' },
    e3: { id: 'e3', from: 'charge', port: 'out', to: 'values' },
  },
  order: ['hook', 'hand', 'charge', 'values', 'which', 'split', 'join', 'rest', 'end', 'fail', 'note'],
};

const code = (document: unknown) => {
  const read = readGraph(document);
  return read.ok ? 'read' : read.error.code;
};
const withNode = (node: unknown) => ({ ...emptyGraph(), nodes: { n: node }, order: ['n'] });

describe('readGraph', () => {
  it('upgrades a document of version 1 and loses nothing of it', () => {
    const read = readGraph(VERSION_1);
    if (!read.ok) throw new Error(read.error.message);
    const { schemaVersion, ...before } = VERSION_1;
    expect(schemaVersion).toBe(1);
    expect(read.value).toMatchObject(before);
    expect(read.value.schemaVersion).toBe(2);
    expect(read.value.settings.variables).toEqual({});
    expect(graphSchema.parse(read.value)).toEqual(read.value);
  });

  it('reads what it wrote', () => {
    const graph = behind(row(draw('scope', 's'), draw('end', 'end')), 's', 'body', draw('action', 'a'));
    expect(readGraph(JSON.parse(JSON.stringify(graph)))).toEqual({ ok: true, value: graph });
  });

  it.each([
    ['nothing', null, 'workflow.not-a-document'],
    ['a list', [], 'workflow.not-a-document'],
    ['a document without version', { nodes: {} }, 'workflow.not-a-document'],
    ['a newer version', { ...VERSION_1, schemaVersion: 3 }, 'workflow.too-new'],
    ['version 0', { ...VERSION_1, schemaVersion: 0 }, 'workflow.too-new'],
    ['half a version', { ...VERSION_1, schemaVersion: 1.5 }, 'workflow.too-new'],
    ['no number at all', { ...VERSION_1, schemaVersion: NaN }, 'workflow.too-new'],
    ['an unknown kind', withNode({ id: 'n', kind: 'magic', name: 'n', position: { x: 0, y: 0 } }), 'workflow.invalid'],
    ['a node under another name', withNode(draw('end', 'other')), 'workflow.invalid'],
    [
      'a node named like a method',
      { ...emptyGraph(), nodes: { constructor: { ...draw('end', 'x'), id: 'constructor' } } },
      'workflow.invalid',
    ],
    [
      'a node named like the scope of the run',
      { ...emptyGraph(), nodes: { root: { ...draw('end', 'x'), id: 'root' } } },
      'workflow.invalid',
    ],
    [
      'an edge from a prototype',
      { ...emptyGraph(), edges: { e: { id: 'e', from: '__proto__', port: 'out', to: 'toString' } } },
      'workflow.invalid',
    ],
  ])('refuses %s', (_what, document, expected) => {
    expect(code(document)).toBe(expected);
  });

  it('takes nothing from a prototype that a document brings', () => {
    const document: unknown = JSON.parse(
      JSON.stringify(emptyGraph())
        .replace('"nodes":{', '"nodes":{"__proto__":{"polluted":true}')
        .replace('{"schema', '{"__proto__":{"polluted":1},"schema'),
    );
    const read = readGraph(document);
    expect(read.ok && Object.keys(read.value.nodes)).toEqual([]);
    expect(read.ok && 'polluted' in read.value.nodes).toBe(false);
    expect({}).not.toHaveProperty('polluted');
  });

  it('refuses what is too deep or too large, before walking through it', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    expect(code(withNode({ ...draw('transform', 'n'), values: deep }))).toBe('workflow.too-large');
    expect(code(withNode({ ...draw('transform', 'n'), values: Array(1_000_001).fill(0) }))).toBe('workflow.too-large');
  });

  it('puts an order right that does not name every node once', () => {
    const graph = row(draw('action', 'a'), draw('end', 'z'));
    const read = readGraph({ ...graph, order: ['z', 'gone', 'z'] });
    expect(read.ok && read.value.order).toEqual(['z', 'a', 'start']);
  });
});

describe('the exported JSON Schema', () => {
  const validate = new Ajv2020({ strict: false }).compile(workflowDocumentSchema());
  const documentWith = (node: GraphNode) => withNodes(emptyGraph(), [node]);

  it.each(NODE_KINDS)('takes a document with %s', (kind) => {
    expect(validate(documentWith(draw(kind, 'n'))) || validate.errors).toBe(true);
  });

  it.each(NODE_KINDS)(
    'takes no %s without a place, with another name for its kind, or with a name that is no text',
    (kind) => {
      const { position: _, ...placeless } = draw(kind, 'n');
      expect(validate(withNode(placeless))).toBe(false);
      expect(validate(withNode({ ...draw(kind, 'n'), kind: `${kind}s` }))).toBe(false);
      expect(validate(withNode({ ...draw(kind, 'n'), name: 1 }))).toBe(false);
    },
  );

  it('takes what authors may leave out, and no other version', () => {
    expect(validate({ schemaVersion: 2, settings: {}, nodes: {}, edges: {}, order: [] })).toBe(true);
    expect(validate({ schemaVersion: 1, settings: {}, nodes: {}, edges: {}, order: [] })).toBe(false);
    expect(validate({ schemaVersion: 2, settings: {}, nodes: {}, edges: {} })).toBe(false);
  });

  it('is what docs/workflow-schema.json says; run this test with UPDATE_SCHEMA=1 when it is not', async () => {
    const file = new URL('../../../docs/workflow-schema.json', import.meta.url);
    if (process.env['UPDATE_SCHEMA'] === '1') {
      const options = { ...(await resolveConfig(file)), parser: 'json' };
      writeFileSync(file, await format(JSON.stringify(workflowDocumentSchema()), options));
    }
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(workflowDocumentSchema())));
  });
});
