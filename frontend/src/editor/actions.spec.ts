import { describe, expect, it } from '@jest/globals';
import type { Graph } from '@sagawright/shared/graph';
import { drawing } from '../canvas/fixtures.js';
import { appendPort, editorActions } from './actions.js';
import { createEditorStore } from './editor-store.js';

const step = { kind: 'transform', values: {} } as const;

function editing(graph: Graph) {
  const store = createEditorStore(graph);
  const told: string[] = [];
  const actions = editorActions({
    store,
    centre: () => ({ x: 0, y: 0 }),
    say: () => undefined,
    toast: (text) => told.push(text),
  });
  return { store, actions, told, graph: () => store.getState().graph };
}

/** start > a > b > done, and a scope that nothing leads to. */
const flow = () =>
  editing(
    drawing(
      [
        { id: 'start', kind: 'trigger.manual' },
        { id: 'a', ...step, position: { x: 304, y: 0 } },
        { id: 'b', ...step, position: { x: 608, y: 0 } },
        { id: 'done', kind: 'end', position: { x: 912, y: 0 } },
        { id: 'box', kind: 'scope', position: { x: 0, y: 400 } },
      ],
      ['start > a', 'a > b', 'b > done'],
    ),
  );
const lines = (graph: Graph) => Object.values(graph.edges).map(({ from, port, to }) => `${from}.${port} > ${to}`);

describe('containers by hand', () => {
  it('moves a step into a container, says which lines went, and takes all of it back in one step (E22)', () => {
    const { actions, graph, told, store } = flow();
    const before = graph();
    actions.move({ b: { x: 64, y: 500 } }, { b: 'box' });
    expect(graph().nodes['b']).toMatchObject({ parent: 'box', position: { x: 64, y: 500 } });
    expect(lines(graph())).toEqual(['start.out > a']);
    expect(told).toEqual([expect.stringContaining('2 lines across the border removed')]);
    store.getState().undo();
    expect(graph()).toEqual(before);
  });

  it('lets a step out again without the container growing after it', () => {
    const { actions, graph } = flow();
    actions.move({ b: { x: 64, y: 500 } }, { b: 'box' });
    const size = graph().nodes['box'];
    actions.move({ b: { x: 3000, y: 0 } }, { b: null });
    expect(graph().nodes['b']).toMatchObject({ position: { x: 3000, y: 0 } });
    expect(graph().nodes['b']?.parent).toBeUndefined();
    expect(graph().nodes['box']).toEqual(size);
  });

  it('takes what lies in a container along when the container is moved', () => {
    const { actions, graph } = flow();
    actions.move({ b: { x: 64, y: 500 } }, { b: 'box' });
    actions.move({ box: { x: 160, y: 400 } }, {});
    expect(graph().nodes['b']?.position).toEqual({ x: 224, y: 500 });
  });

  it('drops a new step of the palette into a container', () => {
    const { actions, graph } = flow();
    actions.drop('delay', { x: 200, y: 550 }, null, 'box');
    expect(Object.values(graph().nodes).find((node) => node.kind === 'delay')?.parent).toBe('box');
  });

  it('puts the selection into a loop and takes the loop away again; the flow stays what it was', () => {
    const { actions, graph, store } = flow();
    store.getState().select(['a', 'b']);
    actions.wrap('for-each');
    const loop = Object.values(graph().nodes).find((node) => node.kind === 'for-each');
    expect(store.getState().selected).toEqual([loop?.id]);
    expect(graph().nodes['a']?.parent).toBe(loop?.id);
    expect(lines(graph()).sort()).toEqual(
      ['a.out > b', `start.out > ${loop?.id}`, `${loop?.id}.body > a`, `${loop?.id}.out > done`].sort(),
    );
    actions.unwrap();
    expect(lines(graph()).sort()).toEqual(['a.out > b', 'b.out > done', 'start.out > a']);
  });

  it('tells why a selection cannot be taken out of anything', () => {
    const { actions, store, told } = flow();
    store.getState().select(['a']);
    actions.unwrap();
    expect(told).toEqual([expect.stringContaining('Only a container or a group')]);
  });
});

it('appends into a container that is empty, and behind one that is not (E5)', () => {
  const { actions, graph } = flow();
  expect(appendPort(graph(), 'box')).toBe('body');
  actions.move({ b: { x: 64, y: 500 } }, { b: 'box' });
  expect(appendPort(graph(), 'box')).toBe('out');
});

it('turns the drawing downwards and back, each as one step of history', () => {
  const { actions, graph, store } = flow();
  const before = graph();
  actions.turn();
  expect(graph().settings.direction).toBe('tb');
  const [a, b] = [graph().nodes['a']?.position, graph().nodes['b']?.position];
  expect(a?.x).toBe(b?.x);
  expect(b?.y ?? 0).toBeGreaterThan(a?.y ?? 0);
  actions.turn();
  expect(graph().settings.direction).toBe('lr');
  store.getState().undo();
  store.getState().undo();
  expect(graph()).toEqual(before);
});

describe('making a sub-workflow (E39)', () => {
  it('stores what is selected as a workflow and calls it in its place', async () => {
    const { actions, graph, store } = flow();
    store.getState().select(['a', 'b']);
    const made: Graph[] = [];
    const done = await actions.extract('Both', async (_name, extracted) => {
      made.push(extracted);
      return 'w-2';
    });
    expect(done).toBe(true);
    expect(Object.values(made[0]?.nodes ?? {}).map((node) => node.kind)).toEqual(
      expect.arrayContaining(['trigger.called', 'transform', 'end']),
    );
    const call = Object.values(graph().nodes).find((node) => node.kind === 'call');
    expect(call).toMatchObject({ workflow: 'w-2', name: 'Both' });
    expect(lines(graph()).sort()).toEqual([`${call?.id}.out > done`, `start.out > ${call?.id}`].sort());
  });

  it('creates nothing when the selection cannot become one, and says why', async () => {
    const { actions, store, told } = flow();
    store.getState().select(['start']);
    let created = 0;
    const done = await actions.extract('No', async () => {
      created += 1;
      return 'w-2';
    });
    expect([done, created]).toEqual([false, 0]);
    expect(told).toHaveLength(1);
  });
});
