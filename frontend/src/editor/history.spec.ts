import { describe, expect, it } from '@jest/globals';
import { addStep, emptyGraph, setField } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { DEPTH, NO_HISTORY, record, redone, seal, undone } from './history.js';

const start = addStep(
  emptyGraph(),
  { id: 'a', kind: 'end', name: 'End', position: { x: 0, y: 0 } },
  { x: 0, y: 0 },
).graph;

function type(graph: Graph, history: typeof NO_HISTORY, value: string) {
  const edit = setField(graph, 'a', ['note'], value);
  return { graph: edit.graph, history: record(history, graph, edit) };
}

describe('history (E22)', () => {
  it('takes typing into one field as one entry, until the field is left', () => {
    let now = { graph: start, history: NO_HISTORY };
    for (const value of ['h', 'he', 'hel']) now = type(now.graph, now.history, value);
    expect(now.history.past).toHaveLength(1);
    now = { ...now, history: seal(now.history) };
    now = type(now.graph, now.history, 'help');
    expect(now.history.past).toHaveLength(2);
    const back = undone(now.history, now.graph);
    expect(back?.graph.nodes['a']).toMatchObject({ note: 'hel' });
    const further = back && undone(back.history, back.graph);
    expect(further?.graph).toEqual(start);
    const again = further && redone(further.history, further.graph);
    expect(again?.graph.nodes['a']).toMatchObject({ note: 'hel' });
  });

  it('keeps at least 200 entries and forgets the redo list on a new edit', () => {
    expect(DEPTH).toBeGreaterThanOrEqual(200);
    const one = type(start, NO_HISTORY, 'x');
    const back = undone(one.history, one.graph);
    expect(back?.history.future).toHaveLength(1);
    expect(back && type(back.graph, back.history, 'y').history.future).toEqual([]);
    expect(undone(NO_HISTORY, start)).toBeNull();
    expect(redone(NO_HISTORY, start)).toBeNull();
  });
});
