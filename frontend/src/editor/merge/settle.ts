/**
 * What two people made of one draft becomes one draft (E50): what does not overlap goes together by itself, the rest is a
 * list of questions with both answers.
 *
 * 1. A question is answered by making both sides agree at that place, and merging anew: so the merged drawing is as sound as
 *    every merge, whatever was chosen.
 * 2. Names come first, since what is written about a step follows its name.
 * 3. Without a choice the answer is mine; a step or line that one side removed and the other changed stays.
 */
import { renameStepReferences } from '@sagawright/shared/expression';
import { mergeGraphs, removeSteps, renameStep } from '@sagawright/shared/graph';
import type { Graph, GraphEdge, GraphNode, MergeConflict } from '@sagawright/shared/graph';

export type Side = 'mine' | 'theirs';

export interface Sides {
  /** What both began with. */
  readonly base: Graph;
  readonly mine: Graph;
  readonly theirs: Graph;
}

type Overlap = Extract<MergeConflict, { kind: 'field' | 'setting' | 'node' | 'edge' }>;
export type MergeQuestion = Overlap & { readonly key: string; readonly preset: Side };
/** What nobody has to choose, but somebody has to know. */
export type MergeNotice = Exclude<MergeConflict, Overlap>;
/** By the keys of the questions. */
export type Choices = Readonly<Record<string, Side>>;

export interface Settled {
  readonly graph: Graph;
  readonly questions: readonly MergeQuestion[];
  readonly notices: readonly MergeNotice[];
}

export function settle(sides: Sides, choices: Choices = {}): Settled {
  const answer = (now: Sides, question: MergeQuestion) =>
    agree(now, question, choices[question.key] ?? question.preset);
  const names = questionsOf(sides).filter(
    ({ kind, ...rest }) => kind === 'field' && 'path' in rest && isName(rest.path),
  );
  const named = names.reduce(answer, sides);
  const met = new Set(names.map(({ key }) => key));
  const others = questionsOf(named).filter(({ key }) => !met.has(key));
  const { graph, conflicts } = merged(others.reduce(answer, named));
  return {
    graph,
    questions: [...names, ...others],
    notices: conflicts.filter((each) => each.kind === 'line-lost' || each.kind === 'name'),
  };
}

const merged = ({ base, mine, theirs }: Sides) => mergeGraphs(base, mine, theirs, renameStepReferences);
const isName = (path: readonly (string | number)[]) => path.length === 1 && path[0] === 'name';

function questionsOf(sides: Sides): MergeQuestion[] {
  return merged(sides).conflicts.flatMap((each): MergeQuestion[] => {
    switch (each.kind) {
      case 'field':
        return [{ ...each, key: JSON.stringify([each.node, ...each.path]), preset: 'mine' }];
      case 'setting':
        return [{ ...each, key: JSON.stringify(['settings', ...each.path]), preset: 'mine' }];
      case 'node':
        return [{ ...each, key: JSON.stringify([each.node]), preset: each.mine ? 'mine' : 'theirs' }];
      case 'edge':
        return [{ ...each, key: JSON.stringify(['line', each.edge]), preset: each.mine ? 'mine' : 'theirs' }];
      case 'line-lost':
      case 'name':
        return [];
    }
  });
}

/** Both sides say the same where the question is. */
function agree(sides: Sides, question: MergeQuestion, side: Side): Sides {
  const [from, to] = side === 'mine' ? [sides.mine, sides.theirs] : [sides.theirs, sides.mine];
  const told = taught(sides.base, from, to, question);
  return side === 'mine' ? { ...sides, theirs: told } : { ...sides, mine: told };
}

/** `to`, with what `from` has at the place of the question. */
function taught(base: Graph, from: Graph, to: Graph, question: MergeQuestion): Graph {
  switch (question.kind) {
    case 'setting':
      return {
        ...to,
        settings: put(to.settings, question.path, at(from.settings, question.path)) as Graph['settings'],
      };
    case 'edge':
      return { ...to, edges: withEntry(to.edges, question.edge, from.edges[question.edge]) };
    case 'node':
      return withNodeOf(base, from, to, question.node);
    case 'field': {
      const [source, target] = [from.nodes[question.node], to.nodes[question.node]];
      if (!source || !target) return to;
      if (isName(question.path)) return renameStep(to, target.id, source.name, renameStepReferences)?.edit.graph ?? to;
      const node = put(target, question.path, at(source, question.path)) as GraphNode;
      return { ...to, nodes: { ...to.nodes, [node.id]: node } };
    }
  }
}

function withNodeOf(base: Graph, from: Graph, to: Graph, id: string): Graph {
  const node = from.nodes[id];
  if (!node) return removeSteps(to, [id], false, () => id).graph;
  const nodes = { ...to.nodes, [id]: node };
  if (to.nodes[id]) return { ...to, nodes };
  // It comes back with its lines, and the line that had closed the gap goes.
  const own = Object.values(from.edges).filter((edge) => edge.from === id || edge.to === id);
  const before = new Set(own.filter((edge) => edge.to === id).map((edge) => edge.from));
  const behind = new Set(own.filter((edge) => edge.from === id).map((edge) => edge.to));
  const closesGap = (edge: GraphEdge) => !base.edges[edge.id] && before.has(edge.from) && behind.has(edge.to);
  const edges = [
    ...Object.values(to.edges).filter((edge) => !closesGap(edge)),
    ...own.filter((edge) => nodes[edge.from] && nodes[edge.to]),
  ];
  return {
    ...to,
    nodes,
    edges: Object.fromEntries(edges.map((edge) => [edge.id, edge])),
    order: [...to.order, id],
  };
}

type Path = readonly (string | number)[];

/** Paths of conflicts name the things of a list by their ids. */
function at(value: unknown, [head, ...rest]: Path): unknown {
  if (head === undefined || typeof value !== 'object' || value === null) return head === undefined ? value : undefined;
  const inner = Array.isArray(value)
    ? value.find((each) => idOf(each) === head)
    : new Map(Object.entries(value)).get(String(head));
  return at(inner, rest);
}

function put(target: unknown, [head, ...rest]: Path, value: unknown): unknown {
  if (head === undefined) return value;
  if (Array.isArray(target)) {
    const list: readonly unknown[] = target;
    const known = list.findIndex((each) => idOf(each) === head);
    const next = put(list[known], rest, value);
    if (known < 0) return next === undefined ? list : [...list, next];
    return next === undefined ? list.toSpliced(known, 1) : list.with(known, next);
  }
  const fields = typeof target === 'object' && target !== null ? Object.entries(target) : [];
  const next = put(new Map<string, unknown>(fields).get(String(head)), rest, value);
  return withEntry(Object.fromEntries(fields), String(head), next);
}

const idOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;

/** The record with the entry, or without it; the order of its keys stays. */
function withEntry<T>(record: Readonly<Record<string, T>>, key: string, value: T | undefined): Record<string, T> {
  if (value !== undefined) return { ...record, [key]: value };
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== key));
}
