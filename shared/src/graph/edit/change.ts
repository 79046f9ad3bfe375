/** Changes inside nodes: place, name, fields, undo, branch cases, kind. */
import type { Json } from '../../kernel/index.js';
import type { Graph, GraphNode, NodeId, NodeOf, Undo } from '../graph.js';
import { setIn } from '../field.js';
import type { FieldPath } from '../field.js';
import { stepKey } from '../step-key.js';
import { mapTemplates } from '../templates.js';
import type { Edit, Point } from './edit.js';
import { nameProblem, withEdges, withNodes, withoutEdges } from './edit.js';
import { acceptsInput, mainPort, outputPorts } from '../ports.js';

/** Renames `steps.<from>` to `steps.<to>` in every expression of a template; the expression room's `renameStepReferences`. */
export type RewriteReferences = (
  template: Json,
  from: string,
  to: string,
) => { readonly template: Json; readonly count: number };

export function moveSteps(graph: Graph, positions: Readonly<Record<NodeId, Point>>): Edit {
  const moved = Object.entries(positions).flatMap(([id, position]): GraphNode[] => {
    const node = graph.nodes[id];
    if (!node || (node.position.x === position.x && node.position.y === position.y)) return [];
    return [{ ...node, position: { x: position.x, y: position.y } }];
  });
  const [only] = moved;
  return {
    graph: withNodes(graph, moved),
    label: moved.length === 1 ? `${only?.name} moved` : `${moved.length} steps moved`,
    focus: moved.map((node) => node.id),
  };
}

/**
 * Renames a step and, in the same edit, every expression that refers to it (E10).
 *
 * @returns null for a name that is not free; `count` is the number of references rewritten
 */
export function renameStep(
  graph: Graph,
  id: NodeId,
  name: string,
  rewrite: RewriteReferences,
): { edit: Edit; count: number } | null {
  const node = graph.nodes[id];
  const title = name.trim();
  if (!node || nameProblem(graph, id, title)) return null;
  const from = stepKey(node.name);
  const to = stepKey(title);
  let count = 0;
  const changed = Object.values(graph.nodes).flatMap((each): GraphNode[] => {
    let here = 0;
    const rewritten =
      from === to
        ? each
        : mapTemplates(each, (template) => {
            const result = rewrite(template, from, to);
            here += result.count;
            return result.template;
          });
    count += here;
    if (each.id === id) return [{ ...(here > 0 ? rewritten : each), name: title }];
    return here > 0 ? [rewritten] : [];
  });
  return { edit: { graph: withNodes(graph, changed), label: `${node.name} renamed to ${title}`, focus: [id] }, count };
}

/**
 * Sets one field of a node; `undefined` removes it. Typing into one field is one entry of history.
 *
 * @param value must fit the node's schema at that path: fields are written by forms that know it
 */
export function setField(graph: Graph, id: NodeId, path: FieldPath, value: unknown): Edit {
  const node = graph.nodes[id];
  const changed = node ? (setIn(node, path, value) as GraphNode) : undefined;
  return {
    graph: changed ? withNodes(graph, [changed]) : graph,
    label: `${node?.name} edited`,
    focus: [id],
    coalesce: `field:${id}:${path.join('.')}`,
  };
}

/** Says how a step is undone (S2); undefined takes the answer back. */
export function setUndo(graph: Graph, id: NodeId, undo: Undo | undefined): Edit {
  const edit = setField(graph, id, ['undo'], undo);
  return {
    graph: edit.graph,
    focus: edit.focus,
    label: `Undo of ${graph.nodes[id]?.name} ${undo ? 'set' : 'removed'}`,
  };
}

export type BranchCase = NodeOf<'branch'>['cases'][number];

export function addCase(graph: Graph, id: NodeId, added: BranchCase): Edit {
  return changeCases(graph, id, (cases) => [...cases, added], 'case added');
}

/** Removes a case and the lines that leave from it; the last case stays. */
export function removeCase(graph: Graph, id: NodeId, caseId: string): Edit {
  return changeCases(
    graph,
    id,
    (cases) => (cases.length > 1 ? cases.filter((each) => each.id !== caseId) : cases),
    'case removed',
  );
}

/** Moves a case to another place in the order of evaluation. */
export function moveCase(graph: Graph, id: NodeId, caseId: string, to: number): Edit {
  return changeCases(
    graph,
    id,
    (cases) => {
      const moved = cases.find((each) => each.id === caseId);
      if (!moved) return cases;
      const rest = cases.filter((each) => each.id !== caseId);
      return [...rest.slice(0, Math.max(0, to)), moved, ...rest.slice(Math.max(0, to))];
    },
    'cases reordered',
  );
}

function changeCases(graph: Graph, id: NodeId, change: (cases: BranchCase[]) => BranchCase[], what: string): Edit {
  const node = graph.nodes[id];
  if (node?.kind !== 'branch') return { graph, label: what, focus: [] };
  const changed = { ...node, cases: change(node.cases) };
  const ports = new Set(outputPorts(changed));
  const lost = Object.values(graph.edges).filter((edge) => edge.from === id && !ports.has(edge.port));
  return {
    graph: withoutEdges(withNodes(graph, [changed]), new Set(lost.map((edge) => edge.id))),
    label: `${node.name}: ${what}`,
    focus: [id],
  };
}

/**
 * Gives a step another type (E9): id, name, place and lines stay, and so does each input field that the new type has.
 *
 * @param inputFields names of the fields that the new type takes
 * @returns also the names of what was dropped
 */
export function replaceStep(
  graph: Graph,
  id: NodeId,
  blank: GraphNode,
  inputFields: readonly string[],
): { edit: Edit; dropped: string[] } {
  const old = graph.nodes[id];
  if (!old) return { edit: { graph, label: 'Nothing replaced', focus: [] }, dropped: [] };
  const dropped: string[] = [];
  let next: GraphNode = {
    ...blank,
    id,
    name: old.name,
    position: old.position,
    ...(old.note === undefined ? {} : { note: old.note }),
  };
  if (old.kind === 'action') {
    const allowed = new Set(next.kind === 'action' ? inputFields : []);
    const keep = Object.entries(old.input).filter(([field]) => allowed.has(field));
    dropped.push(...Object.keys(old.input).filter((field) => !allowed.has(field)));
    if (next.kind === 'action') {
      next = {
        ...next,
        input: { ...next.input, ...Object.fromEntries(keep) },
        retry: old.retry,
        attemptTimeoutMs: old.attemptTimeoutMs,
        onFailure: old.onFailure,
      };
    }
    if (old.undo) dropped.push('undo');
  }

  const ports = new Set(outputPorts(next));
  const from = mainPort(old);
  const to = mainPort(next);
  const lost = new Set<string>();
  const moved = Object.values(graph.edges).flatMap((edge) => {
    if (edge.to === id && !acceptsInput(next.kind)) lost.add(edge.id);
    if (edge.from !== id || ports.has(edge.port)) return [];
    if (edge.port === from && to !== null) return [{ ...edge, port: to }];
    lost.add(edge.id);
    return [];
  });
  if (lost.size > 0) dropped.push(lost.size === 1 ? '1 line' : `${lost.size} lines`);
  const edited = withoutEdges(withEdges(withNodes(graph, [next]), moved), lost);
  return { edit: { graph: edited, label: `${old.name} replaced`, focus: [id] }, dropped };
}
