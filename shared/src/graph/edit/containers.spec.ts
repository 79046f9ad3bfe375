import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  behind,
  draw,
  line,
  lines,
  must,
  newId,
  perform,
  anyEdit,
  anyGraph,
  rewrite,
  row,
} from '../testing/drawing.js';
import {
  addStep,
  applyPatch,
  boxOf,
  canConnect,
  connect,
  copySteps,
  crossesCard,
  duplicateSteps,
  footprint,
  groupSteps,
  holderOf,
  insertOnEdge,
  invertPatch,
  joinPatches,
  layout,
  moveInto,
  moveSteps,
  nodesInside,
  parseFragment,
  pasteSteps,
  patchOf,
  removeSteps,
  replaceStep,
  routeLine,
  setField,
  spliceIntoEdge,
  tidy,
  unwrapSteps,
  wrapSteps,
} from '../index.js';
import { expectSound } from '../testing/expect-sound.js';
import type { Edit, EditRefusal, Graph, GraphNode } from '../index.js';
import type { Result } from '../../kernel/index.js';

const at = { x: 0, y: 0 };
const edgeTo = (graph: Graph, id: string) => must(Object.values(graph.edges).find((edge) => edge.to === id)).id;
const done = (result: Result<Edit, EditRefusal>): Graph => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value.graph;
};
const refusal = (result: Result<Edit, EditRefusal>): string => (result.ok ? 'done' : result.error.code);
const parents = (graph: Graph) =>
  Object.fromEntries(graph.order.map((id) => [id, graph.nodes[id]?.parent]).filter(([, parent]) => parent));

/** start -> a -> s[ body: x -> y; handler: h ] -> end, with z loose outside. */
function withScope(): Graph {
  const graph = row(draw('action', 'a'), draw('scope', 's'), draw('end', 'end'));
  const inside = behind(graph, 's', 'body', draw('action', 'x'), draw('action', 'y'));
  return addStep(behind(inside, 's', 'handler', draw('action', 'h')), draw('action', 'z'), { x: 0, y: 900 }).graph;
}

function expectHeld(graph: Graph): void {
  for (const node of Object.values(graph.nodes)) {
    const holder = holderOf(graph, node.id);
    if (!holder) continue;
    const [inner, outer] = [boxOf(node), { ...holder.position, ...holder.size }];
    expect(inner.left).toBeGreaterThanOrEqual(outer.x);
    expect(inner.top).toBeGreaterThanOrEqual(outer.y);
    expect(inner.right).toBeLessThanOrEqual(outer.x + outer.width);
    expect(inner.bottom).toBeLessThanOrEqual(outer.y + outer.height);
  }
}

describe('lines and borders (E12)', () => {
  it.each([
    ['from outside to a step inside', 'a', 'out', 'x', 'border'],
    ['from a step inside to outside', 'y', 'out', 'z', 'border'],
    ['from a step inside to its own container', 'y', 'out', 's', 'border'],
    ['from the body to a step outside', 's', 'body', 'z', 'border'],
    ['from the way on of a container to its inside', 's', 'out', 'x', 'border'],
    ['from resume of a scope that is no save-point', 's', 'resume', 'z', 'no-port'],
    ['from a handler of what is no scope', 'a', 'handler', 'z', 'no-port'],
  ])('refuses a line %s', (_what, from, port, to, code) => {
    expect(canConnect(withScope(), from, port, to)?.code).toBe(code);
    expect(connect(withScope(), from, port, to, newId)).toBeNull();
  });

  it('looks through groups, and lets a save-point resume', () => {
    const grouped = done(groupSteps(withScope(), ['z'], draw('group', 'g')));
    expect(canConnect(grouped, 'a', 'out', 'z')).toBeNull();
    expect(canConnect(grouped, 'a', 'out', 'g')?.code).toBe('note');
    const saving = setField(withScope(), 's', ['savePoint'], true).graph;
    const resumed = line(saving, 's', 'resume', 'z');
    expect(lines(resumed)).toContain('s.resume>z');
    expect(lines(setField(resumed, 's', ['savePoint'], false).graph)).not.toContain('s.resume>z');
  });

  it('leads a body to deeper steps of its own only through groups', () => {
    const graph = behind(withScope(), 'y', 'out', draw('scope', 'deep'));
    const deep = behind(graph, 'deep', 'body', draw('action', 'd'));
    expect(canConnect(deep, 's', 'body', 'd')?.code).toBe('border');
    expect(canConnect(done(groupSteps(deep, ['y'], draw('group', 'g'))), 's', 'body', 'y')).toBeNull();
  });
});

describe('adding inside', () => {
  it('puts what follows a body into the container, and what follows a step there beside it', () => {
    const graph = withScope();
    expect(parents(graph)).toEqual({ x: 's', y: 's', h: 's' });
    expect(lines(graph)).toEqual(['a.out>s', 's.body>x', 's.handler>h', 's.out>end', 'start.out>a', 'x.out>y']);
    expectHeld(graph);
  });

  it('inserts on an inner line inside, and grows the container without covering what follows it', () => {
    const graph = withScope();
    const edited = must(insertOnEdge(graph, edgeTo(graph, 'x'), draw('action', 'new'), newId)).graph;
    expect(edited.nodes['new']?.parent).toBe('s');
    expect(lines(edited)).toEqual(expect.arrayContaining(['s.body>new', 'new.out>x']));
    expectHeld(edited);
    expect(must(edited.nodes['end']).position.x).toBeGreaterThanOrEqual(boxOf(must(edited.nodes['s'])).right);
  });

  it('keeps a trigger out of containers, and lets it into groups', () => {
    const grouped = done(groupSteps(withScope(), ['z'], draw('group', 'g')));
    expect(addStep(grouped, draw('trigger.webhook', 't'), at, 's').graph.nodes['t']).not.toHaveProperty('parent');
    expect(addStep(grouped, draw('trigger.webhook', 't'), at, 'g').graph.nodes['t']?.parent).toBe('g');
    expect(moveInto(grouped, ['start'], 's')).toBeNull();
  });

  it('keeps a trigger in a group out of containers, whatever becomes of the group', () => {
    const framed = done(groupSteps(withScope(), ['start', 'a'], draw('group', 'g')));
    const replaced = replaceStep(framed, 'g', draw('scope', 'blank'), []).edit.graph;
    expect([replaced.nodes['start']?.parent, replaced.nodes['a']?.parent]).toEqual([undefined, 'g']);
    expectSound(replaced);
    expect(moveInto(framed, ['g'], 's')).toBeNull();
  });

  it('takes a loose step that is dropped on an inner line into the container', () => {
    const graph = withScope();
    const edited = must(spliceIntoEdge(graph, edgeTo(graph, 'y'), 'z', newId)).graph;
    expect(edited.nodes['z']?.parent).toBe('s');
    expect(lines(edited)).toEqual(expect.arrayContaining(['x.out>z', 'z.out>y']));
  });
});

describe('moving', () => {
  it('takes the content of a container along, and what has a place of its own stays there', () => {
    const graph = withScope();
    const before = must(graph.nodes['x']).position;
    const moved = moveSteps(graph, { s: { x: must(graph.nodes['s']).position.x + 160, y: 320 } }).graph;
    expect(must(moved.nodes['x']).position.x).toBe(before.x + 160);
    const target = { x: before.x + 999, y: before.y };
    const both = moveSteps(graph, { s: { x: must(graph.nodes['s']).position.x + 160, y: 320 }, x: target }).graph;
    expect(must(both.nodes['x']).position).toEqual(target);
  });

  it('moves steps in and out, without the lines that would cross the border', () => {
    const graph = withScope();
    const out = must(moveInto(graph, ['y'], null)).graph;
    expect(out.nodes['y']).not.toHaveProperty('parent');
    expect(lines(out)).not.toContain('x.out>y');
    const inside = must(moveInto(graph, ['a', 'z'], 's')).graph;
    expect([inside.nodes['a']?.parent, inside.nodes['z']?.parent]).toEqual(['s', 's']);
    expect(lines(inside)).toEqual(['s.body>x', 's.handler>h', 's.out>end', 'x.out>y']);
    expectHeld(inside);
  });

  it('keeps lines between steps that move together, and puts nothing into itself', () => {
    const graph = withScope();
    expect(lines(must(moveInto(graph, ['x', 'y'], null)).graph)).toContain('x.out>y');
    const deep = behind(graph, 'y', 'out', draw('scope', 'deep'));
    expect(moveInto(deep, ['s'], 'deep')).toBeNull();
    expect(moveInto(deep, ['s'], 's')).toBeNull();
  });
});

describe('deleting and replacing containers', () => {
  it('deletes the content with the container and heals around it (E15)', () => {
    const edit = removeSteps(withScope(), ['s'], true, newId);
    expect(edit.graph.order).toEqual(['start', 'a', 'end', 'z']);
    expect(lines(edit.graph)).toEqual(['a.out>end', 'start.out>a']);
    expect(edit.label).toBe('s with 3 inside deleted');
  });

  it('heals inside: the body leads to what came after', () => {
    expect(lines(removeSteps(withScope(), ['x'], true, newId).graph)).toContain('s.body>y');
  });

  it('keeps the ports that the new kind has, and the content', () => {
    const { edit, dropped } = replaceStep(withScope(), 's', draw('for-each', 'blank'), []);
    expect(lines(edit.graph)).toEqual(['a.out>s', 's.body>x', 's.out>end', 'start.out>a', 'x.out>y']);
    expect(parents(edit.graph)).toEqual({ x: 's', y: 's', h: 's' });
    expect(dropped).toEqual(['1 line']);
    expect(edit.graph.nodes['s']).toMatchObject({
      kind: 'for-each',
      size: must(withScope().nodes['s'] as { size: object }).size,
    });
  });

  it('lets the content out when the new kind holds nothing', () => {
    const { edit } = replaceStep(withScope(), 's', draw('action', 'blank'), []);
    expect(parents(edit.graph)).toEqual({});
    expect(lines(edit.graph)).toEqual(['a.out>s', 's.out>end', 'start.out>a', 'x.out>y']);
  });

  it('keeps options that the new kind has too', () => {
    const graph = setField(row(draw('action', 'a')), 'a', ['skipWhen'], '{{ false }}').graph;
    const failing = setField(graph, 'a', ['onFailure'], 'continue').graph;
    expect(replaceStep(failing, 'a', draw('code', 'c'), []).edit.graph.nodes['a']).toMatchObject({
      skipWhen: '{{ false }}',
      onFailure: 'continue',
    });
    expect(replaceStep(failing, 'a', draw('branch', 'c'), []).edit.graph.nodes['a']).toMatchObject({
      onFailure: 'fail',
    });
  });
});

describe('copying containers (E19-E21)', () => {
  it('copies, pastes and duplicates a container with its content and its inner lines', () => {
    const graph = withScope();
    const fragment = must(parseFragment(JSON.stringify(copySteps(graph, ['s']))));
    const pasted = pasteSteps(graph, fragment, { x: 0, y: 2000 }, newId, rewrite);
    const copy = must(pasted.focus.map((id) => pasted.graph.nodes[id]).find((node) => node?.kind === 'scope'));
    expect(nodesInside(pasted.graph, copy.id)).toHaveLength(3);
    expect(lines(pasted.graph).filter((each) => each.startsWith(`${copy.id}.`))).toHaveLength(2);
    const twice = duplicateSteps(graph, ['x'], newId, rewrite);
    expect(twice.graph.nodes[must(twice.focus[0])]?.parent).toBe('s');
    expect(pasteSteps(graph, copySteps(graph, ['x']), at, newId, rewrite).graph.nodes).not.toHaveProperty('x2');
  });

  it('believes nothing of a foreign fragment that the drawing does not allow', () => {
    const hostile = parseFragment(
      JSON.stringify({
        kind: 'sagawright/steps',
        version: 1,
        nodes: [
          { ...draw('scope', 'p'), parent: 'q' },
          { ...draw('scope', 'q'), parent: 'p' },
          { ...draw('trigger.manual', 't'), parent: 'r' },
          draw('scope', 'r'),
          draw('action', 'k'),
          { ...draw('action', 'in'), parent: 'k' },
        ],
        edges: [
          { id: 'e1', from: 'k', port: 'out', to: 'in' },
          { id: 'e2', from: 'in', port: 'out', to: 'k' },
          { id: 'e3', from: 'r', port: 'body', to: 'k' },
        ],
      }),
    );
    const { graph } = pasteSteps(row(), must(hostile), at, newId, rewrite);
    expect(parents(graph)).toEqual({});
    expect(Object.keys(graph.edges)).toHaveLength(1);
  });
});

describe('wrapping', () => {
  const chain = () => row(draw('action', 'a'), draw('action', 'b'), draw('action', 'c'), draw('end', 'end'));

  it.each(['scope', 'for-each', 'repeat'] as const)(
    'leads a chain through a %s, and unwrapping gives it back',
    (kind) => {
      const wrapped = done(wrapSteps(chain(), ['a', 'b'], draw(kind, 'w'), newId));
      expect(lines(wrapped)).toEqual(['a.out>b', 'c.out>end', 'start.out>w', 'w.body>a', 'w.out>c']);
      expect(parents(wrapped)).toEqual({ a: 'w', b: 'w' });
      expectHeld(wrapped);
      const back = done(unwrapSteps(wrapped, 'w', newId));
      expect(lines(back)).toEqual(lines(chain()));
      expect(back.order).toEqual(chain().order);
      expect(parents(back)).toEqual({});
    },
  );

  it('wraps a choice with all its ways, and a split whose branches are joined behind', () => {
    const choice = line(
      behind(row(draw('branch', 'b'), draw('action', 'x'), draw('action', 'end')), 'b', 'else', draw('action', 'y')),
      'y',
      'out',
      'end',
    );
    const wrapped = done(wrapSteps(choice, ['b', 'x', 'y'], draw('scope', 'w'), newId));
    expect(lines(wrapped)).toEqual(['b.big>x', 'b.else>y', 'start.out>w', 'w.body>b', 'w.out>end']);
    expect(lines(done(unwrapSteps(wrapped, 'w', newId)))).toEqual(lines(choice));
    const split = line(
      behind(row(draw('parallel', 'p'), draw('action', 'x'), draw('join', 'j')), 'p', 'out', draw('action', 'y')),
      'y',
      'out',
      'j',
    );
    const around = done(wrapSteps(split, ['p', 'x', 'y'], draw('scope', 'w'), newId));
    expect(lines(around)).toEqual(['p.out>x', 'p.out>y', 'start.out>w', 'w.body>p', 'w.out>j']);
    expect(lines(done(unwrapSteps(around, 'w', newId)))).toEqual(lines(split));
  });

  it('says why it cannot wrap', () => {
    const choice = line(
      behind(row(draw('branch', 'b'), draw('action', 'x'), draw('end', 'end')), 'b', 'else', draw('action', 'y')),
      'y',
      'out',
      'end',
    );
    const split = line(
      behind(row(draw('parallel', 'p'), draw('action', 'x'), draw('join', 'j')), 'p', 'out', draw('action', 'y')),
      'y',
      'out',
      'j',
    );
    const wrap = (graph: Graph, ...ids: string[]) => refusal(wrapSteps(graph, ids, draw('scope', 'w'), newId));
    expect(wrap(choice)).toBe('selection.empty');
    expect(wrap(choice, 'start', 'b')).toBe('selection.trigger');
    expect(wrap(choice, 'x', 'y')).toBe('selection.entries');
    expect(wrap(choice, 'b', 'x')).toBe('selection.exits');
    expect(wrap(chain(), 'a', 'c')).toBe('selection.gap');
    expect(wrap(split, 'j')).toBe('selection.join');
    expect(wrap(row(draw('branch', 'b'), draw('action', 'x')), 'b')).toBe('selection.dead-end');
    expect(wrap(row(draw('terminate', 'stop')), 'stop')).toBe('selection.terminate');
    expect(wrap(withScope(), 'x', 'z')).toBe('selection.levels');
    const failing = behind(
      setField(chain(), 'a', ['onFailure'], 'error-edge').graph,
      'a',
      'error',
      draw('action', 'rescue'),
    );
    expect(wrap(failing, 'a')).toBe('selection.failure-exit');
  });

  it('frames nodes without touching the flow, and lets them out again', () => {
    const grouped = done(groupSteps(chain(), ['start', 'a'], draw('group', 'g')));
    expect(lines(grouped)).toEqual(lines(chain()));
    expect(parents(grouped)).toEqual({ start: 'g', a: 'g' });
    expect(done(unwrapSteps(grouped, 'g', newId)).nodes).toEqual(chain().nodes);
    expect(refusal(groupSteps(withScope(), ['x', 'z'], draw('group', 'g')))).toBe('selection.levels');
  });

  it('does not unwrap what would mean something else outside', () => {
    const parallel = behind(
      row(draw('scope', 's'), draw('end', 'end')),
      's',
      'body',
      draw('parallel', 'p'),
      draw('action', 'x'),
    );
    const branches = behind(parallel, 'p', 'out', draw('action', 'y'));
    expect(refusal(unwrapSteps(withScope(), 's', newId))).toBe('unwrap.lines');
    expect(refusal(unwrapSteps(branches, 's', newId))).toBe('unwrap.branches');
    expect(refusal(unwrapSteps(behind(branches, 'x', 'out', draw('end', 'stop')), 's', newId))).toBe('unwrap.end');
    expect(refusal(unwrapSteps(branches, 'x', newId))).toBe('unwrap.no-container');
  });
});

describe('layout with containers (E28, E29)', () => {
  it('keeps body, handler and main path straight, inside a container just large enough', () => {
    const { graph } = tidy(withScope());
    const y = (id: string) => must(graph.nodes[id]).position.y;
    expect([y('start'), y('a'), y('s'), y('end')]).toEqual([y('s'), y('s'), y('s'), y('s')]);
    expect(y('x')).toBe(y('y'));
    expect(y('h')).toBeGreaterThan(y('x'));
    expectHeld(graph);
    expect(tidy(graph).graph).toEqual(graph);
  });

  it('is the same from top to bottom with rows and columns exchanged', () => {
    const graph = withScope();
    const down = tidy({ ...graph, settings: { ...graph.settings, direction: 'tb' } }).graph;
    const x = (id: string) => must(down.nodes[id]).position.x;
    expect([x('start'), x('a'), x('s'), x('end')]).toEqual([x('s'), x('s'), x('s'), x('s')]);
    expect(must(down.nodes['a']).position.y).toBeGreaterThan(must(down.nodes['start']).position.y);
    expectHeld(down);
  });

  it('overlaps nothing, holds everything and leads no line through a card, on whatever graph', () => {
    fc.assert(
      fc.property(anyGraph, (each) => {
        const { graph } = tidy(each);
        expect(layout(each)).toEqual(layout(each));
        expectHeld(graph);
        const nodes = Object.values(graph.nodes).filter((node) => node.kind !== 'note' || node.parent !== undefined);
        for (const one of nodes)
          for (const other of nodes) {
            if (one.id >= other.id || holderOf(graph, one.id)?.id !== holderOf(graph, other.id)?.id) continue;
            expect(overlap(one, other)).toBe(false);
          }
        const framed = nodes.some((node) => node.kind === 'group');
        if (framed) return;
        for (const edge of Object.values(graph.edges)) {
          expect(crossesCard(graph, edge, routeLine(graph, edge))).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function overlap(one: GraphNode, other: GraphNode): boolean {
  const [a, b] = [footprint(one), footprint(other)];
  return (
    one.position.x < other.position.x + b.width &&
    other.position.x < one.position.x + a.width &&
    one.position.y < other.position.y + b.height &&
    other.position.y < one.position.y + a.height
  );
}

describe('every edit on any graph with containers', () => {
  it('leaves a valid drawing, changes nothing it did not name, and is undone by its inverse', () => {
    fc.assert(
      fc.property(anyGraph, fc.array(anyEdit, { minLength: 1, maxLength: 4 }), (start, edits) => {
        let graph = start;
        let joined = patchOf(start, start);
        for (const each of edits) {
          const frozen = JSON.stringify(graph);
          const edit = perform(graph, each);
          expect(JSON.stringify(graph)).toBe(frozen);
          if (!edit) continue;
          const patch = patchOf(graph, edit.graph);
          expect(applyPatch(graph, patch)).toEqual(edit.graph);
          expect(applyPatch(edit.graph, invertPatch(patch))).toEqual(graph);
          joined = joinPatches(joined, patch);
          graph = edit.graph;
          expectSound(graph);
        }
        expect(applyPatch(graph, invertPatch(joined))).toEqual(start);
      }),
      { numRuns: 150 },
    );
  });
});
