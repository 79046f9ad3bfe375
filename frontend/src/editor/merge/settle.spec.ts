import { describe, expect, it } from '@jest/globals';
import { addStep, removeSteps, renameStep, setField } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { renameStepReferences } from '@sagawright/shared/expression';
import { templates } from '@sagawright/shared/template';
import { noticeWords, questionWords } from './question-words.js';
import { settle } from './settle.js';
import type { Sides } from './settle.js';

const base = (() => {
  const found = templates.find(({ id }) => id === 'order-saga');
  if (!found) throw new Error('There is no order saga.');
  return found.graph;
})();
const amount = ['input', 'amountCents'];
const set = (graph: Graph, node: string, path: (string | number)[], value: unknown) =>
  setField(graph, node, path, value).graph;
const renamed = (graph: Graph, node: string, name: string) => {
  const done = renameStep(graph, node, name, renameStepReferences);
  if (!done) throw new Error(`It cannot be called ${name}.`);
  return done.edit.graph;
};
const removed = (graph: Graph, node: string) => removeSteps(graph, [node], true, () => 'closing').graph;
const sidesOf = (mine: Graph, theirs: Graph): Sides => ({ base, mine, theirs });
const lines = (graph: Graph) => Object.values(graph.edges).map(({ from, to }) => `${from}>${to}`);

describe('what does not overlap (E50)', () => {
  it('goes together without a question', () => {
    const mine = set(base, 'charge-card', amount, 5);
    const theirs = renamed(base, 'ship-parcel', 'Send parcel');
    const { graph, questions, notices } = settle(sidesOf(mine, theirs));
    expect([questions, notices]).toEqual([[], []]);
    expect(graph.nodes['charge-card']).toMatchObject({ input: { amountCents: 5 } });
    expect(graph.nodes['ship-parcel']?.name).toBe('Send parcel');
  });
});

describe('a question', () => {
  const sides = sidesOf(set(base, 'charge-card', amount, 5), set(base, 'charge-card', amount, 7));

  it('shows both values, and mine is taken unless theirs is chosen', () => {
    const { graph, questions } = settle(sides);
    expect(questions.map((each) => questionWords(each, sides))).toEqual([
      { title: 'Charge card: Amount cents', mine: '5', theirs: '7' },
    ]);
    expect(graph.nodes['charge-card']).toMatchObject({ input: { amountCents: 5 } });
    const chosen = settle(sides, { [questions[0]?.key ?? '']: 'theirs' });
    expect(chosen.graph.nodes['charge-card']).toMatchObject({ input: { amountCents: 7 } });
    expect(chosen.questions).toEqual(questions);
  });

  it('is asked for every field, and each is answered by itself', () => {
    const both = (first: number, second: string) =>
      set(set(base, 'charge-card', amount, first), 'ship-parcel', ['note'], second);
    const two = sidesOf(both(1, 'a'), both(2, 'b'));
    const { questions } = settle(two);
    const note = questions.find((each) => each.kind === 'field' && each.node === 'ship-parcel');
    const { graph } = settle(two, { [note?.key ?? '']: 'theirs' });
    expect(graph.nodes).toMatchObject({
      'charge-card': { input: { amountCents: 1 } },
      'ship-parcel': { note: 'b' },
    });
  });

  it('about a name takes what is written about the step with it', () => {
    const two = sidesOf(renamed(base, 'charge-card', 'Debit card'), renamed(base, 'charge-card', 'Take money'));
    const { questions } = settle(two);
    expect(questions.map((each) => questionWords(each, two))).toEqual([
      { title: 'Debit card: Name', mine: 'Debit card', theirs: 'Take money' },
    ]);
    const { graph } = settle(two, { [questions[0]?.key ?? '']: 'theirs' });
    expect(graph.nodes['charge-card']?.name).toBe('Take money');
    expect(JSON.stringify(graph)).not.toMatch(/debit_?card/i);
  });
});

describe('a step that one side removed and the other changed', () => {
  const sides = sidesOf(removed(base, 'charge-card'), set(base, 'charge-card', amount, 7));
  const key = JSON.stringify(['charge-card']);

  it('stays with its lines unless its removal is chosen', () => {
    const { graph, questions } = settle(sides);
    expect(questions.map((each) => questionWords(each, sides))).toEqual([
      { title: 'Charge card', mine: 'Removed', theirs: 'Kept, as changed' },
    ]);
    expect(graph.nodes['charge-card']).toMatchObject({ input: { amountCents: 7 } });
    expect([...lines(graph)].sort()).toEqual([...lines(base)].sort());
  });

  it('goes when its removal is chosen, and the gap stays closed', () => {
    const { graph } = settle(sides, { [key]: 'mine' });
    expect(graph.nodes).not.toHaveProperty('charge-card');
    expect(lines(graph)).toContain('reserve-stock>ship-parcel');
  });
});

describe('what nobody has to choose', () => {
  it('is told: two steps of one name', () => {
    const add = (id: string) => {
      const [node] = [base.nodes['ship-parcel']];
      if (!node) throw new Error('There is no such step.');
      return addStep(base, { ...node, id, name: 'Send mail' }, { x: 0, y: 900 }).graph;
    };
    const sides = sidesOf(add('one'), add('two'));
    expect(settle(sides).notices.map((each) => noticeWords(each, sides))).toEqual([
      'Two steps are called Send mail now; rename one of them after merging.',
    ]);
  });
});
