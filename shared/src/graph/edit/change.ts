/** Changes inside nodes: place, name, fields, undo, branch cases, kind. */
import { containerOf, holderOf, isHolder, withContent } from '../containers.js';
import type { Json } from '../../kernel/index.js';
import { nodeSchema } from '../graph.js';
import type { Graph, GraphNode, NodeId, NodeKind, NodeOf, Undo } from '../graph.js';
import { getIn, setIn } from '../field.js';
import type { FieldPath } from '../field.js';
import { stepKey } from '../step-key.js';
import { mapTemplates } from '../templates.js';
import { fitsDrawing } from './connect.js';
import type { Edit, Point } from './edit.js';
import { nameProblem, withEdges, withNodes, withoutEdges } from './edit.js';
import { footprint } from './geometry.js';
import { holdContent, inHolder } from './hold.js';
import { allPorts, isContainer, isTrigger, mainPort } from '../ports.js';

/** Renames `steps.<from>` to `steps.<to>` in every expression of a template; the expression room's `renameStepReferences`. */
export type RewriteReferences = (
  template: Json,
  from: string,
  to: string,
) => { readonly template: Json; readonly count: number };

/**
 * Moves nodes to places. What lies in a moved container or group goes along, unless it has a place of its own in
 * `positions`; what the nodes lie in grows when they are moved beyond its border.
 */
export function moveSteps(graph: Graph, positions: Readonly<Record<NodeId, Point>>): Edit {
  const moved = Object.entries(positions).flatMap(([id, position]): GraphNode[] => {
    const node = graph.nodes[id];
    if (!node || (node.position.x === position.x && node.position.y === position.y)) return [];
    return [{ ...node, position: { x: position.x, y: position.y } }];
  });
  const fixed = new Set(Object.keys(positions));
  const along = moved.flatMap((node) => carriedAlong(graph, node, fixed));
  const [only] = moved;
  const ids = moved.map((node) => node.id);
  return {
    graph: holdContent(withNodes(graph, [...moved, ...along]), [...ids, ...along.map((node) => node.id)]),
    label: moved.length === 1 ? `${only?.name} moved` : `${moved.length} steps moved`,
    focus: ids,
  };
}

/** What lies in a moved node, as far as neither it nor anything between the two has a place of its own. */
function carriedAlong(graph: Graph, moved: GraphNode, fixed: ReadonlySet<NodeId>): GraphNode[] {
  const before = graph.nodes[moved.id];
  if (!before || !isHolder(before)) return [];
  const by = { x: moved.position.x - before.position.x, y: moved.position.y - before.position.y };
  return [...withContent(graph, [moved.id])].flatMap((id): GraphNode[] => {
    const node = graph.nodes[id];
    if (!node || id === moved.id || fixed.has(id)) return [];
    for (let at = holderOf(graph, id); at !== null && at.id !== moved.id; at = holderOf(graph, at.id)) {
      if (fixed.has(at.id)) return [];
    }
    return [{ ...node, position: { x: node.position.x + by.x, y: node.position.y + by.y } }];
  });
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
 * Sets one field of a node; `undefined` removes it. Typing into one field is one entry of history. Lines of ports that the
 * node no longer has (of a removed case, outcome or save-point) go with them.
 *
 * @param value must fit the node's schema at that path: fields are written by forms that know it
 */
export function setField(graph: Graph, id: NodeId, path: FieldPath, value: unknown): Edit {
  const node = graph.nodes[id];
  const changed = node ? (setIn(node, path, value) as GraphNode) : undefined;
  return {
    graph: changed ? withChangedNode(graph, changed) : graph,
    label: `${node?.name} edited`,
    focus: [id],
    coalesce: `field:${id}:${path.join('.')}`,
  };
}

/**
 * Sets one of the workflow's own settings; `undefined` removes it.
 *
 * @param path below `settings`
 * @param value must fit the schema of the settings at that path
 */
export function setSetting(graph: Graph, path: FieldPath, value: unknown): Edit {
  return {
    graph: { ...graph, settings: setIn(graph.settings, path, value) as Graph['settings'] },
    label: 'Workflow settings edited',
    focus: [],
    coalesce: `setting:${path.join('.')}`,
  };
}

function withChangedNode(graph: Graph, changed: GraphNode): Graph {
  const ports = new Set(allPorts(changed));
  const lost = Object.values(graph.edges).filter((edge) => edge.from === changed.id && !ports.has(edge.port));
  const result = withoutEdges(withNodes(graph, [changed]), new Set(lost.map((edge) => edge.id)));
  const before = graph.nodes[changed.id];
  const grew = before !== undefined && JSON.stringify(footprint(before)) !== JSON.stringify(footprint(changed));
  return grew ? holdContent(result, [changed.id]) : result;
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
  if (node?.kind !== 'branch' && node?.kind !== 'inclusive') return { graph, label: what, focus: [] };
  const changed = { ...node, cases: change(node.cases) };
  return { graph: withChangedNode(graph, changed), label: `${node.name}: ${what}`, focus: [id] };
}

/** Options that mean the same on every kind that has them, and so outlive a change of kind. */
const LASTING_FIELDS: readonly FieldPath[] = [
  ['retry'],
  ['attemptTimeoutMs'],
  ['totalTimeoutMs'],
  ['idempotencyKey'],
  ['concurrency'],
  ['rate'],
  ['skipWhen'],
  ['onFailure'],
  ['onTimeout'],
  ['sample'],
];

/** Fields that two kinds share besides, by both kinds. */
const SHARED_FIELDS: readonly { readonly kinds: readonly NodeKind[]; readonly fields: readonly FieldPath[] }[] = [
  { kinds: ['scope', 'for-each', 'repeat'], fields: [['size'], ['timeoutMs']] },
  { kinds: ['group', 'scope', 'for-each', 'repeat'], fields: [['size']] },
  { kinds: ['branch', 'inclusive'], fields: [['cases']] },
  { kinds: ['wait', 'task'], fields: [['timeoutMs']] },
  { kinds: ['end', 'terminate'], fields: [['output']] },
];

/** The new node with every setting of the old one that it has a use for. */
function keepSettings(old: GraphNode, blank: GraphNode): GraphNode {
  const shared = SHARED_FIELDS.filter(({ kinds }) => kinds.includes(old.kind) && kinds.includes(blank.kind));
  const fields = [...LASTING_FIELDS, ...shared.flatMap((each) => each.fields)];
  return fields.reduce((now, path) => {
    const value = getIn(old, path);
    if (value === undefined) return now;
    const parsed = nodeSchema.safeParse(setIn(now, path, value));
    // What the new kind does not know, the schema leaves out; what it cannot take (`continue` on a branch), it refuses.
    return parsed.success && getIn(parsed.data, path) !== undefined ? parsed.data : now;
  }, blank);
}

/**
 * Gives a step another type (E9): id, name, place and lines stay, and so does each input field and option that the new type
 * has. What lay in a container that becomes a step is let out of it.
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
  if (!old || (isTrigger(blank.kind) && containerOf(graph, id) !== null)) {
    return { edit: { graph, label: 'Nothing replaced', focus: [] }, dropped: [] };
  }
  const dropped: string[] = [];
  const named = {
    ...blank,
    id,
    name: old.name,
    position: old.position,
    ...(old.note === undefined ? {} : { note: old.note }),
  };
  let next = inHolder<GraphNode>(keepSettings(old, named), old.parent);
  if (old.kind === 'action') {
    const allowed = new Set(next.kind === 'action' ? inputFields : []);
    const keep = Object.entries(old.input).filter(([field]) => allowed.has(field));
    dropped.push(...Object.keys(old.input).filter((field) => !allowed.has(field)));
    if (next.kind === 'action') next = { ...next, input: { ...next.input, ...Object.fromEntries(keep) } };
  }
  if ('undo' in old && old.undo) dropped.push('undo');

  const mayStay = (node: GraphNode) => isHolder(next) && !(isContainer(next) && isTrigger(node.kind));
  const released = [...(isHolder(old) ? withContent(graph, [id]) : [])].flatMap((each): GraphNode[] => {
    const node = graph.nodes[each];
    const lets = node && each !== id && !mayStay(node) && (node.parent === id || isTrigger(node.kind));
    return lets ? [inHolder(node, old.parent)] : [];
  });
  if (released.length > 0) dropped.push('the frame around what was inside');

  const changed = withNodes(graph, [next, ...released]);
  const ports = new Set(allPorts(next));
  const to = mainPort(next);
  const moved = Object.values(graph.edges).flatMap((edge) => {
    const movesOn = edge.from === id && edge.port === mainPort(old) && !ports.has(edge.port) && to !== null;
    return movesOn ? [{ ...edge, port: to }] : [];
  });
  const rewired = withEdges(changed, moved);
  const touched = new Set([id, ...withContent(graph, isHolder(old) ? [id] : [])]);
  const lost = Object.values(rewired.edges).filter(
    (edge) => (touched.has(edge.from) || touched.has(edge.to)) && !fitsDrawing(rewired, edge),
  );
  if (lost.length > 0) dropped.push(lost.length === 1 ? '1 line' : `${lost.length} lines`);
  const edited = withoutEdges(rewired, new Set(lost.map((edge) => edge.id)));
  return {
    edit: {
      graph: holdContent(edited, [id, ...withContent(edited, [id])]),
      label: `${old.name} replaced`,
      focus: [id],
    },
    dropped,
  };
}
