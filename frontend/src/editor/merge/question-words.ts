/** A question of a merge in words: what it is about, and what each side says. */
import { portLabel } from '@sagawright/shared/graph';
import type { Graph, GraphEdge, GraphNode } from '@sagawright/shared/graph';
import type { Json } from '@sagawright/shared/kernel';
import { kindWord } from '../../canvas/index.js';
import { wordsOf } from '../panel/field-words.js';
import type { MergeNotice, MergeQuestion, Sides } from './settle.js';

export interface QuestionWords {
  readonly title: string;
  readonly mine: string;
  readonly theirs: string;
}

export function questionWords(question: MergeQuestion, { mine, theirs }: Sides): QuestionWords {
  const nameOf = (id: string) => (mine.nodes[id] ?? theirs.nodes[id])?.name ?? id;
  switch (question.kind) {
    case 'field': {
      const node = mine.nodes[question.node] ?? theirs.nodes[question.node];
      const say = (value: Json | undefined) =>
        question.path[0] === 'parent'
          ? value === undefined
            ? 'on the canvas'
            : `in ${nameOf(String(value))}`
          : valueWords(value);
      return {
        title: `${node?.name ?? question.node}: ${fieldWords(node, question.path)}`,
        mine: say(question.mine),
        theirs: say(question.theirs),
      };
    }
    case 'setting':
      return {
        title: `Settings: ${pathWords(question.path)}`,
        mine: valueWords(question.mine),
        theirs: valueWords(question.theirs),
      };
    case 'node': {
      const say = (node: GraphNode | undefined) => {
        if (!node) return 'Removed';
        return question.mine && question.theirs ? `${node.name} (${kindWord(node.kind)})` : 'Kept, as changed';
      };
      return {
        title: nameOf(question.node),
        mine: say(question.mine),
        theirs: say(question.theirs),
      };
    }
    case 'edge':
      return { title: 'Line', mine: lineWords(mine, question.mine), theirs: lineWords(theirs, question.theirs) };
  }
}

export function noticeWords(notice: MergeNotice, { mine, theirs }: Sides): string {
  if (notice.kind === 'name') return `Two steps are called ${notice.name} now; rename one of them after merging.`;
  const nodes = { ...theirs.nodes, ...mine.nodes };
  const [from, to] = [nodes[notice.edge.from]?.name ?? '?', nodes[notice.edge.to]?.name ?? '?'];
  return notice.reason === 'circle'
    ? `The line ${from} → ${to} goes: it would close a circle.`
    : `The line ${from} → ${to} goes: one of its ends is no longer there.`;
}

function lineWords(graph: Graph, edge: GraphEdge | undefined): string {
  if (!edge) return 'Removed';
  const [from, to] = [graph.nodes[edge.from], graph.nodes[edge.to]];
  const way = from ? portLabel(from, edge.port) : '';
  return `${from?.name ?? '?'} → ${to?.name ?? '?'}${way === '' ? '' : ` (${way})`}`;
}

function fieldWords(node: GraphNode | undefined, path: readonly (string | number)[]): string {
  if (path[0] === 'name') return 'Name';
  if (path[0] === 'parent') return 'Place';
  const known = node && path[0] !== 'input' ? wordsOf(node.kind, path.join('.')) : undefined;
  return known?.label ?? pathWords(path);
}

/** `['input', 'amountCents']` → `Amount cents`; of an input, what it is an input of goes without saying. */
function pathWords(path: readonly (string | number)[]): string {
  const parts = path[0] === 'input' && path.length > 1 ? path.slice(1) : path;
  const text = parts
    .map((part) => String(part).replace(/([a-z])([A-Z])/g, (_all, a: string, b: string) => `${a} ${b.toLowerCase()}`))
    .join(' › ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function valueWords(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return '(nothing)';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
