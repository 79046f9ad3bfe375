import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../kernel/index.js';
import type { Graph, GraphNode, NodeId } from '../graph.js';
import { graphSchema, nodeSchema } from '../graph.js';
import type { Edit } from '../index.js';
import {
  addCase,
  addStep,
  appendStep,
  applyPatch,
  canConnect,
  COLUMN,
  connect,
  connectionIndex,
  copySteps,
  crossesCard,
  differences,
  disconnect,
  duplicateSteps,
  emptyGraph,
  footprint,
  insertOnEdge,
  invertPatch,
  joinPatches,
  layout,
  moveCase,
  moveSteps,
  outputPorts,
  parseFragment,
  pasteSteps,
  patchOf,
  removeCase,
  removeSteps,
  renameStep,
  replaceStep,
  routeLine,
  setField,
  setSetting,
  setUndo,
  spliceIntoEdge,
  tidy,
  withNodes,
} from '../index.js';

let counter = 0;
const newId = () => `id${++counter}`;
const at = { x: 0, y: 0 };

/** Stands in for the expression room's rewriter, which has tests of its own. */
const rewrite = (template: Json, from: string, to: string): { template: Json; count: number } => {
  const text = JSON.stringify(template);
  const parts = text.split(`steps.${from}.`);
  return { template: JSON.parse(parts.join(`steps.${to}.`)) as Json, count: parts.length - 1 };
};

const trigger = (id = 't'): GraphNode => ({ id, kind: 'trigger.manual', name: 'Start', position: at });
const action = (id: string, name = id): GraphNode =>
  nodeSchema.parse({
    id,
    name,
    kind: 'action',
    connector: 'shop',
    operation: 'reserve',
    input: {},
    position: at,
  });
const end = (id = 'end'): GraphNode => ({ id, kind: 'end', name: 'End', position: at });
const branch = (id = 'b'): GraphNode =>
  nodeSchema.parse({
    id,
    kind: 'branch',
    name: 'Which',
    position: at,
    cases: [
      { id: 'big', label: 'big', when: '{{ true }}' },
      { id: 'small', label: 'small', when: '{{ false }}' },
    ],
  });

/** trigger -> a -> b -> end, each one column on. */
function chain(...nodes: GraphNode[]): Graph {
  let graph = addStep(emptyGraph(), trigger(), at).graph;
  let last = 't';
  for (const node of nodes) {
    graph = must(appendStep(graph, last, outputPorts(graph.nodes[last] as GraphNode)[0] ?? 'out', node, newId)).graph;
    last = node.id;
  }
  return graph;
}

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('expected a value');
  return value;
}

const lines = (graph: Graph) =>
  Object.values(graph.edges)
    .map((edge) => `${edge.from}.${edge.port}>${edge.to}`)
    .sort();

describe('canConnect (E12)', () => {
  const graph = chain(action('a'), branch(), end());
  it.each([
    ['a step to itself', 'a', 'out', 'a', 'self'],
    ['a line that is there already', 't', 'out', 'a', 'duplicate'],
    ['anything into a trigger', 'a', 'out', 't', 'into-trigger'],
    ['anything out of an end', 'end', 'out', 'a', 'out-of-end'],
    ['a port that the step does not have', 'b', 'out', 'end', 'no-port'],
    ['a circle', 'b', 'else', 'a', 'cycle'],
    ['a step that is gone', 'a', 'out', 'nobody', 'unknown-step'],
  ])('refuses %s', (_what, from, port, to, code) => {
    expect(canConnect(graph, from, port, to)?.code).toBe(code);
  });

  it('allows two ports of one branch to lead to the same step', () => {
    expect(canConnect(graph, 'b', 'else', 'end')).toBeNull();
  });

  it('answers a thousand questions about a thousand steps from one index', () => {
    let big = emptyGraph();
    const nodes: Record<NodeId, GraphNode> = {};
    const edges: Graph['edges'] = {};
    for (let index = 0; index < 1000; index++) {
      nodes[`n${index}`] = action(`n${index}`);
      if (index > 0) edges[`e${index}`] = { id: `e${index}`, from: `n${index - 1}`, port: 'out', to: `n${index}` };
    }
    big = { ...big, nodes, edges, order: Object.keys(nodes) };
    const index = connectionIndex(big);
    const codes = Array.from({ length: 1000 }, (_, each) => index.refusal(`n${each}`, 'out', 'n0')?.code);
    expect(codes).toEqual(['self', ...Array<string>(999).fill('cycle')]);
    expect(index.refusal('n999', 'out', 'n0')?.code).toBe('cycle');
    expect(index.refusal('n0', 'out', 'n999')).toBeNull();
  });
});

describe('adding and inserting', () => {
  it('appends to the right of the step and connects (E5)', () => {
    const graph = chain(action('a'));
    expect(graph.nodes['a']?.position).toEqual({ x: COLUMN, y: 0 });
    expect(lines(graph)).toEqual(['t.out>a']);
  });

  it('inserts on a line and pushes what follows one column on (E7)', () => {
    const graph = chain(action('a'), end());
    const edge = must(Object.values(graph.edges).find((each) => each.to === 'end'));
    const edited = must(insertOnEdge(graph, edge.id, action('x'), newId)).graph;
    expect(lines(edited)).toEqual(['a.out>x', 't.out>a', 'x.out>end']);
    expect(edited.nodes['x']?.position).toEqual({ x: 2 * COLUMN, y: 0 });
    expect(edited.nodes['end']?.position).toEqual({ x: 3 * COLUMN, y: 0 });
    expect(edited.nodes['a']).toBe(graph.nodes['a']);
  });

  it('does not insert an end or a trigger on a line', () => {
    const graph = chain(action('a'));
    const edge = must(Object.keys(graph.edges)[0]);
    expect(insertOnEdge(graph, edge, end(), newId)).toBeNull();
    expect(insertOnEdge(graph, edge, trigger('t2'), newId)).toBeNull();
  });

  it('gives a second step of the same name a name that expressions can tell apart', () => {
    const graph = addStep(chain(action('a', 'Charge card')), action('x', 'Charge  Card'), at).graph;
    expect(graph.nodes['x']?.name).toBe('Charge  Card 2');
  });

  it('puts a loose step onto a line that it is dropped on (E11)', () => {
    const graph = addStep(chain(action('a')), action('x'), at).graph;
    const edge = must(Object.keys(graph.edges)[0]);
    expect(lines(must(spliceIntoEdge(graph, edge, 'x', newId)).graph)).toEqual(['t.out>x', 'x.out>a']);
  });
});

describe('deleting (E15)', () => {
  it('joins what stood around a chain once', () => {
    const graph = chain(action('a'), action('b2'), action('c'), end());
    expect(lines(removeSteps(graph, ['a', 'b2', 'c'], true, newId).graph)).toEqual(['t.out>end']);
  });

  it('leaves the gap when it is told not to heal', () => {
    expect(lines(removeSteps(chain(action('a'), end()), ['a'], false, newId).graph)).toEqual([]);
  });

  it('does not guess where several ways go on', () => {
    const graph = must(
      connect(addStep(chain(branch(), end()), end('end2'), at).graph, 'b', 'else', 'end2', newId),
    ).graph;
    expect(lines(removeSteps(graph, ['b'], true, newId).graph)).toEqual([]);
  });
});

describe('changing', () => {
  it('renames a step and every expression that refers to it in one edit (E10)', () => {
    const graph = setField(
      chain(action('a', 'Charge card'), action('x', 'Ship')),
      'x',
      ['input', 'id'],
      '{{ steps.chargeCard.output.id }}',
    ).graph;
    const { edit, count } = must(renameStep(graph, 'a', 'Take money', rewrite));
    expect(count).toBe(1);
    expect(edit.graph.nodes['x']).toMatchObject({ input: { id: '{{ steps.takeMoney.output.id }}' } });
    expect(edit.graph.nodes['a']?.name).toBe('Take money');
  });

  it('refuses an empty name and a name that another step has', () => {
    const graph = chain(action('a', 'Charge card'), action('x', 'Ship'));
    expect(renameStep(graph, 'x', '  ', rewrite)).toBeNull();
    expect(renameStep(graph, 'x', 'charge card', rewrite)).toBeNull();
    expect(renameStep(graph, 'x', 'Charge  card', rewrite)).toBeNull();
  });

  it('removes the lines of a removed branch case, keeps the last case, and reorders', () => {
    const graph = chain(branch(), end());
    expect(lines(removeCase(graph, 'b', 'big').graph)).toEqual(['t.out>b']);
    expect(removeCase(removeCase(graph, 'b', 'big').graph, 'b', 'small').graph.nodes['b']).toMatchObject({
      cases: [{ id: 'small' }],
    });
    const three = addCase(graph, 'b', { id: 'huge', label: '', when: '' }).graph;
    expect(moveCase(three, 'b', 'huge', 0).graph.nodes['b']).toMatchObject({
      cases: [{ id: 'huge' }, { id: 'big' }, { id: 'small' }],
    });
  });

  it('replaces the type of a step and keeps name, place, lines and the fields that fit (E9)', () => {
    const graph = setField(
      setField(chain(action('a'), end()), 'a', ['input', 'sku'], 'x').graph,
      'a',
      ['input', 'old'],
      1,
    ).graph;
    const { edit, dropped } = replaceStep(graph, 'a', { ...action('new'), operation: 'ship', input: {} } as GraphNode, [
      'sku',
    ]);
    expect(edit.graph.nodes['a']).toMatchObject({ name: 'a', operation: 'ship', input: { sku: 'x' } });
    expect(lines(edit.graph)).toEqual(lines(graph));
    expect(dropped).toEqual(['old']);
    const toBranch = replaceStep(graph, 'a', branch(), []).edit.graph;
    expect(lines(toBranch)).toEqual(['a.big>end', 't.out>a']);
    expect(lines(replaceStep(graph, 'a', end(), []).edit.graph)).toEqual(['t.out>a']);
  });

  it('removes a field, with undefined', () => {
    const undone = setUndo(setUndo(chain(action('a')), 'a', { kind: 'pivot' }).graph, 'a', undefined).graph;
    expect(undone.nodes['a']).not.toHaveProperty('undo');
  });

  it('pastes steps with new ids, free names and references that follow (E20)', () => {
    const graph = setField(
      chain(action('a', 'Charge'), action('x', 'Ship')),
      'x',
      ['input', 'id'],
      '{{ steps.charge.output.id }}',
    ).graph;
    const text = JSON.stringify(copySteps(graph, ['a', 'x']));
    const edit = pasteSteps(graph, must(parseFragment(text)), { x: 500, y: 500 }, newId, rewrite);
    const [first, second] = edit.focus.map((id) => must(edit.graph.nodes[id]));
    expect([first?.name, second?.name]).toEqual(['Charge 2', 'Ship 2']);
    expect(second).toMatchObject({ input: { id: '{{ steps.charge2.output.id }}' } });
    expect(Object.values(edit.graph.edges)).toHaveLength(3);
    expect(parseFragment('{"kind":"something else"}')).toBeNull();
    expect(parseFragment('not json')).toBeNull();
  });

  it('tells of changed settings of the workflow, and not of the direction in which it is drawn', () => {
    const base = emptyGraph();
    const turned = setSetting(base, ['direction'], 'tb').graph;
    expect(differences(base, turned)).toEqual([]);
    const edit = setSetting(setSetting(turned, ['deadlineMs'], 1000).graph, ['variables', 'total'], 0);
    expect(differences(base, edit.graph).map(({ text }) => text)).toEqual(['Workflow settings: deadline, variables']);
    expect(setSetting(edit.graph, ['deadlineMs'], undefined).graph.settings).not.toHaveProperty('deadlineMs');
  });

  it('tells added, removed and changed steps and lines, but not moved ones (E53)', () => {
    const base = chain(action('a', 'Charge'), end());
    const moved = moveSteps(base, { a: { x: 999, y: 99 } }).graph;
    expect(differences(base, moved)).toEqual([]);
    expect(differences(base, setField(base, 'a', ['size'], { width: 1, height: 2 }).graph)).toEqual([]);
    const edited = setField(removeSteps(moved, ['end'], true, newId).graph, 'a', ['input', 'sku'], 'x').graph;
    expect(differences(base, edited).map((each) => `${each.kind} ${each.text}`)).toEqual([
      'changed Charge: input',
      'removed End',
    ]);
  });
});

describe('layout (E28, E29)', () => {
  const graph = must(
    connect(addStep(chain(action('a'), branch(), action('c'), end()), action('d'), at).graph, 'b', 'else', 'd', newId),
  ).graph;

  it('is deterministic and keeps the main path on one row', () => {
    const places = layout(graph);
    expect(layout(graph)).toEqual(places);
    expect(['t', 'a', 'b', 'c', 'end'].map((id) => places[id]?.y)).toEqual([0, 0, 0, 0, 0]);
    expect(places['d']?.y).toBeGreaterThan(0);
  });

  it('leads no line through a card or a compensation, on whatever graph', () => {
    fc.assert(
      fc.property(anyGraph, (each) => {
        const tidied = tidy(each).graph;
        for (const edge of Object.values(tidied.edges)) {
          expect(crossesCard(tidied, edge, routeLine(tidied, edge))).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('leads a line around a card that was put in its way, and an error line past the compensation', () => {
    const straight = chain(action('a'), end());
    const apart = moveSteps(straight, { t: { x: -304, y: 0 }, a: { x: 0, y: 0 }, end: { x: 912, y: 0 } }).graph;
    const between = withNodes(apart, [{ ...action('b'), position: { x: 400, y: 0 } }]);
    const line = must(Object.values(between.edges).find((edge) => edge.from === 'a'));
    expect(routeLine(apart, line)).toHaveLength(2);
    expect(routeLine(between, line).length).toBeGreaterThan(2);
    expect(crossesCard(between, line, routeLine(between, line))).toBe(false);
    const failing = { ...line, id: 'on-error', port: 'error' };
    expect(crossesCard(between, failing, routeLine(between, failing))).toBe(false);
  });

  it('never lets two cards overlap, compensations included', () => {
    fc.assert(
      fc.property(anyGraph, (each) => {
        const tidied = tidy(each).graph;
        const cards = Object.values(tidied.nodes);
        for (const one of cards)
          for (const other of cards) {
            if (one.id >= other.id) continue;
            const [a, b] = [footprint(one), footprint(other)];
            const apart =
              one.position.x + a.width <= other.position.x ||
              other.position.x + b.width <= one.position.x ||
              one.position.y + a.height <= other.position.y ||
              other.position.y + b.height <= one.position.y;
            expect(apart).toBe(true);
          }
      }),
      { numRuns: 100 },
    );
  });
});

/** What a person may do, with numbers that choose where. */
const anyEdit = fc.record({
  what: fc.constantFrom(
    'append',
    'insert',
    'connect',
    'remove',
    'removeAll',
    'disconnect',
    'move',
    'rename',
    'duplicate',
    'replace',
    'field',
    'undo',
    'case',
    'uncase',
    'tidy',
  ),
  one: fc.nat(1000),
  two: fc.nat(1000),
  heal: fc.boolean(),
});

function perform(
  graph: Graph,
  { what, one, two, heal }: { what: string; one: number; two: number; heal: boolean },
): Edit | null {
  const ids = graph.order;
  const id = ids[one % ids.length] ?? '';
  const other = ids[two % ids.length] ?? '';
  const edges = Object.keys(graph.edges);
  const edge = edges[one % Math.max(1, edges.length)] ?? '';
  const node = graph.nodes[id];
  const ports = node ? outputPorts(node) : [];
  const blank = [action, branch, end][two % 3]?.(newId()) ?? end(newId());
  switch (what) {
    case 'append':
      return appendStep(graph, id, ports[two % Math.max(1, ports.length)] ?? 'out', blank, newId);
    case 'insert':
      return insertOnEdge(graph, edge, blank, newId);
    case 'connect':
      return connect(graph, id, ports[two % Math.max(1, ports.length)] ?? 'out', other, newId);
    case 'remove':
      return ids.length > 1 ? removeSteps(graph, [id], heal, newId) : null;
    case 'removeAll':
      return ids.length > 3
        ? removeSteps(
            graph,
            ids.filter((_, index) => index % 3 === one % 3),
            heal,
            newId,
          )
        : null;
    case 'disconnect':
      return disconnect(graph, [edge]);
    case 'move':
      return moveSteps(graph, { [id]: { x: one, y: two } });
    case 'rename':
      return renameStep(graph, id, `Name ${two}`, rewrite)?.edit ?? null;
    case 'duplicate':
      return duplicateSteps(graph, [id, other], newId, rewrite);
    case 'replace':
      return replaceStep(graph, id, blank, []).edit;
    case 'field':
      return node?.kind === 'action' ? setField(graph, id, ['input', `f${two % 3}`], one) : null;
    case 'undo':
      return node?.kind === 'action'
        ? setUndo(
            graph,
            id,
            heal
              ? undefined
              : { kind: 'compensation', name: 'Back', connector: 'shop', operation: 'release', input: {} },
          )
        : null;
    case 'case':
      return addCase(graph, id, { id: newId(), label: '', when: '' });
    case 'uncase':
      return node?.kind === 'branch' ? removeCase(graph, id, node.cases[two % node.cases.length]?.id ?? '') : null;
    default:
      return tidy(graph);
  }
}

const anyGraph = fc.array(anyEdit, { maxLength: 25 }).map((edits) => {
  let graph = chain(action('a'), branch(), end());
  for (const each of edits) graph = perform(graph, each)?.graph ?? graph;
  return graph;
});

describe('every edit, on any graph', () => {
  it('leaves no dangling line, no circle and a valid document; its inverse restores the graph; patches join', () => {
    fc.assert(
      fc.property(anyGraph, fc.array(anyEdit, { minLength: 1, maxLength: 4 }), (start, edits) => {
        let graph = start;
        let joined = patchOf(start, start);
        for (const each of edits) {
          const edit = perform(graph, each);
          if (!edit) continue;
          const patch = patchOf(graph, edit.graph);
          expect(applyPatch(graph, patch)).toEqual(edit.graph);
          expect(applyPatch(edit.graph, invertPatch(patch))).toEqual(graph);
          joined = joinPatches(joined, patch);
          graph = edit.graph;
          expect(graphSchema.safeParse(graph).error).toBeUndefined();
          expect([...graph.order].sort()).toEqual(Object.keys(graph.nodes).sort());
          for (const edge of Object.values(graph.edges)) {
            const source = must(graph.nodes[edge.from]);
            expect(graph.nodes[edge.to]).toBeDefined();
            expect(outputPorts(source)).toContain(edge.port);
            const without = disconnect(graph, [edge.id]).graph;
            expect(canConnect(without, edge.from, edge.port, edge.to)).toBeNull();
          }
        }
        expect(applyPatch(start, joined)).toEqual(graph);
        expect(applyPatch(graph, invertPatch(joined))).toEqual(start);
      }),
      { numRuns: 150 },
    );
  });
});
