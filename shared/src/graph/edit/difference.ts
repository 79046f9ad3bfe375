/** What changed between two versions of a workflow, as people see it: places on the canvas do not count (E53). */
import type { Graph, NodeId } from '../graph.js';
import { PLACE_FIELDS } from './compare.js';
import { nodesInOrder } from './edit.js';

export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed';
  /** A step, or null for a line and for the settings of the workflow. */
  readonly node: NodeId | null;
  /** One sentence without full stop: `Charge card: input, retry`. */
  readonly text: string;
}

const FIELD_WORDS: Readonly<Record<string, string>> = {
  attemptTimeoutMs: 'attempt timeout',
  onFailure: 'on failure',
  name: 'name',
  deadlineMs: 'deadline',
  concurrency: 'limit of runs',
  strict: 'strictness about undo',
};

/** Of the settings; they are drawn, and change nothing that runs. */
const DRAWN: ReadonlySet<string> = new Set(['direction']);

export function differences(base: Graph, graph: Graph): Difference[] {
  const result: Difference[] = [];
  for (const node of nodesInOrder(graph)) {
    const old = base.nodes[node.id];
    if (!old) {
      result.push({ kind: 'added', node: node.id, text: node.name });
      continue;
    }
    const fields = changedFields(old, node, PLACE_FIELDS);
    if (fields.length > 0) {
      const renamed = fields.includes('name') ? `${old.name} → ${node.name}` : node.name;
      const rest = fields.filter((field) => field !== 'name').map((field) => FIELD_WORDS[field] ?? field);
      result.push({
        kind: 'changed',
        node: node.id,
        text: rest.length > 0 ? `${renamed}: ${rest.join(', ')}` : renamed,
      });
    }
  }
  for (const node of nodesInOrder(base)) {
    if (!graph.nodes[node.id]) result.push({ kind: 'removed', node: null, text: node.name });
  }
  return [...result, ...lineDifferences(base, graph), ...settingsDifferences(base, graph)];
}

function settingsDifferences(base: Graph, graph: Graph): Difference[] {
  const fields = changedFields(base.settings, graph.settings, DRAWN);
  if (fields.length === 0) return [];
  const words = fields.map((field) => FIELD_WORDS[field] ?? field);
  return [{ kind: 'changed', node: null, text: `Workflow settings: ${words.join(', ')}` }];
}

/** @param uncounted fields that are not looked at */
function changedFields(old: object, now: object, uncounted: ReadonlySet<string>): string[] {
  const before: Record<string, unknown> = { ...old };
  const after: Record<string, unknown> = { ...now };
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !uncounted.has(field) && stableText(before[field]) !== stableText(after[field]))
    .sort();
}

function lineDifferences(base: Graph, graph: Graph): Difference[] {
  const lines = (each: Graph) =>
    new Set(Object.values(each.edges).map((edge) => `${edge.from}\n${edge.port}\n${edge.to}`));
  const before = lines(base);
  const after = lines(graph);
  const text = (line: string, each: Graph) => {
    const [from = '', , to = ''] = line.split('\n');
    return `${each.nodes[from]?.name ?? '?'} → ${each.nodes[to]?.name ?? '?'}`;
  };
  // Lines of a step that came or went are told by the step.
  const stays = (line: string) =>
    line.split('\n').every((part, index) => index === 1 || (base.nodes[part] && graph.nodes[part]));
  return [
    ...[...after]
      .filter((line) => !before.has(line) && stays(line))
      .map((line): Difference => ({ kind: 'added', node: null, text: text(line, graph) })),
    ...[...before]
      .filter((line) => !after.has(line) && stays(line))
      .map((line): Difference => ({ kind: 'removed', node: null, text: text(line, base) })),
  ];
}

function stableText(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  );
}
