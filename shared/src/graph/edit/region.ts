/**
 * A selection of steps as one piece of the flow: where it is entered, where it is left, and whether one step could stand in
 * its place (which is what wrapping and extracting do).
 *
 * One step can stand in its place when everything that enters it enters at the same steps, everything that leaves it goes to
 * the same steps, and no path stops inside while another goes on. Each refusal names what is in the way.
 */
import { containerOf, holderOf, withContent } from '../containers.js';
import type { EdgeId, Graph, GraphEdge, GraphNode, NodeId } from '../graph.js';
import { acceptsInput, isDecoration, isInnerPort, isTrigger, plainPorts } from '../ports.js';
import { err, ok } from '../../kernel/index.js';
import type { Result } from '../../kernel/index.js';
import { edgesFrom, edgesInto, withEdges, withoutEdges } from './edit.js';
import type { NewId } from './edit.js';

/** Why an edit is not possible: a stable code, and a sentence that names the thing and the way out. */
export interface EditRefusal {
  readonly code: string;
  readonly message: string;
}

export const refused = (code: string, message: string): { readonly ok: false; readonly error: EditRefusal } =>
  err({ code, message });

/** Nodes that lie in the same container or group, with what lies in them. */
export interface Selection {
  /** What they lie in; undefined = the canvas. */
  readonly parent: NodeId | undefined;
  /** The chosen nodes that lie right there, in the graph's order. */
  readonly top: readonly GraphNode[];
  /** Those and all that lies in them. */
  readonly all: ReadonlySet<NodeId>;
}

export interface Region extends Selection {
  /** Lines from outside into the selection, and the steps that they lead to. */
  readonly entries: readonly GraphEdge[];
  readonly starts: readonly NodeId[];
  /** Lines from the selection to outside, and the steps that they lead to. */
  readonly exits: readonly GraphEdge[];
  readonly targets: readonly NodeId[];
}

export function readSelection(graph: Graph, ids: readonly NodeId[]): Result<Selection, EditRefusal> {
  const all = withContent(graph, ids);
  const top = graph.order.flatMap((id) => {
    const node = graph.nodes[id];
    const holder = holderOf(graph, id);
    return node && all.has(id) && !(holder && all.has(holder.id)) ? [node] : [];
  });
  const [first] = top;
  if (!first) return refused('selection.empty', 'Nothing is selected; select the steps first.');
  const parent = holderOf(graph, first.id)?.id;
  const other = top.find((node) => holderOf(graph, node.id)?.id !== parent);
  if (other) {
    const message = `“${first.name}” and “${other.name}” do not lie in the same container or group; select steps of one.`;
    return refused('selection.levels', message);
  }
  return ok({ parent, top, all });
}

/** The selection as a piece of the flow that one step could stand for. */
export function readRegion(graph: Graph, ids: readonly NodeId[]): Result<Region, EditRefusal> {
  const selection = readSelection(graph, ids);
  if (!selection.ok) return selection;
  const { all, top } = selection.value;
  const edges = Object.values(graph.edges);
  const entries = edges.filter((edge) => all.has(edge.to) && !all.has(edge.from));
  const exits = edges.filter((edge) => all.has(edge.from) && !all.has(edge.to));
  const level = containerOf(graph, top[0]?.id ?? '')?.id ?? null;
  const steps = graph.order.flatMap((id) => {
    const node = graph.nodes[id];
    const here = node && all.has(id) && !isDecoration(node.kind) && (containerOf(graph, id)?.id ?? null) === level;
    return here ? [node] : [];
  });
  const starts =
    entries.length > 0
      ? distinct(entries.map((edge) => edge.to))
      : steps.filter((node) => acceptsInput(node.kind) && edgesInto(graph, node.id).length === 0).map(({ id }) => id);
  const region = { ...selection.value, entries, starts, exits, targets: distinct(exits.map((edge) => edge.to)) };
  const refusal =
    misplaced(graph, region, steps) ?? entriesProblem(graph, region) ?? exitsProblem(graph, region, steps);
  return refusal ? err(refusal) : ok(region);
}

function misplaced(graph: Graph, region: Region, steps: readonly GraphNode[]): EditRefusal | null {
  if (steps.length === 0) return { code: 'selection.empty', message: 'No step is selected; select the steps first.' };
  for (const node of steps) {
    if (isTrigger(node.kind)) {
      const message = `“${node.name}” starts runs and has to stay outside; take it out of the selection.`;
      return { code: 'selection.trigger', message };
    }
    if (node.kind === 'terminate') {
      const message = `“${node.name}” would stop only what is selected; take it out of the selection.`;
      return { code: 'selection.terminate', message };
    }
  }
  const sources = new Set(region.entries.map((edge) => edge.from));
  const between = pathTo(graph, region.targets, sources);
  if (between === null) return null;
  const message = `“${graph.nodes[between]?.name}” lies between selected steps; select it as well.`;
  return { code: 'selection.gap', message };
}

/** The first of `from` that reaches one of `to`, or null. */
function pathTo(graph: Graph, from: readonly NodeId[], to: ReadonlySet<NodeId>): NodeId | null {
  for (const start of from) {
    const seen = new Set([start]);
    const open = [start];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (to.has(id)) return start;
      for (const edge of edgesFrom(graph, id)) {
        if (seen.has(edge.to)) continue;
        seen.add(edge.to);
        open.push(edge.to);
      }
    }
  }
  return null;
}

function entriesProblem(graph: Graph, { entries, starts }: Region): EditRefusal | null {
  const name = (id: NodeId | undefined) => `“${graph.nodes[id ?? '']?.name}”`;
  const uneven = bySide(entries).find((group) => group.length !== starts.length);
  if (uneven) {
    const missed = starts.find((id) => !uneven.some((edge) => edge.to === id));
    const message = `Different lines lead to ${name(uneven[0]?.to)} and to ${name(missed)}; select what decides between them as well.`;
    return { code: 'selection.entries', message };
  }
  const join = starts.find((id) => graph.nodes[id]?.kind === 'join');
  if (join !== undefined && entries.length > 1) {
    const message = `${name(join)} joins branches that are not selected; select them as well, or leave it out.`;
    return { code: 'selection.join', message };
  }
  return null;
}

function exitsProblem(graph: Graph, region: Region, steps: readonly GraphNode[]): EditRefusal | null {
  const { exits, targets } = region;
  const name = (id: NodeId | undefined) => `“${graph.nodes[id ?? '']?.name}”`;
  if (exits.length === 0) return null;
  const odd = exits.find((edge) => {
    const node = graph.nodes[edge.from];
    return !node || edge.port === 'resume' || !plainPorts(node).includes(edge.port);
  });
  if (odd) {
    const message = `A line “${odd.port}” leads from ${name(odd.from)} out of the selection; select ${name(odd.to)} as well.`;
    return { code: 'selection.failure-exit', message };
  }
  const groups = bySide(exits);
  const uneven = groups.find((group) => group.length !== targets.length);
  if (uneven) {
    const missed = targets.find((id) => !uneven.some((edge) => edge.to === id));
    const message = `The selection is left for ${name(uneven[0]?.to)} and for ${name(missed)}; select up to where the ways meet again.`;
    return { code: 'selection.exits', message };
  }
  const choosy = targets.find((id) => {
    const node = graph.nodes[id];
    return groups.length > 1 && node?.kind === 'join' && node.mode.kind !== 'all';
  });
  if (choosy !== undefined) {
    const message = `${name(choosy)} does not wait for all of the selected branches; select it as well.`;
    return { code: 'selection.exits', message };
  }
  const stop = pathsStopping(graph, region.starts, steps)[0];
  if (!stop) return null;
  const message = `A path stops at ${name(stop.node)} while another leaves the selection; leave it out, or connect it.`;
  return { code: 'selection.dead-end', message };
}

/** Where paths from `starts` come to their end among `steps`: at an end, or at a port that leads nowhere. */
export function pathsStopping(
  graph: Graph,
  starts: readonly NodeId[],
  steps: readonly GraphNode[],
): { node: NodeId; port: string | null }[] {
  const here = new Map(steps.map((node) => [node.id, node]));
  const reached = new Set(starts.filter((id) => here.has(id)));
  for (const id of reached) for (const edge of edgesFrom(graph, id)) if (here.has(edge.to)) reached.add(edge.to);
  return steps.flatMap((node): { node: NodeId; port: string | null }[] => {
    if (!reached.has(node.id)) return [];
    if (node.kind === 'end') return [{ node: node.id, port: null }];
    return plainPorts(node)
      .filter((port) => port !== 'resume' && edgesFrom(graph, node.id, port).length === 0)
      .map((port) => ({ node: node.id, port }));
  });
}

/** Lines by the side that they leave. */
export function bySide(edges: readonly GraphEdge[]): GraphEdge[][] {
  const groups = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const side = `${edge.from}\n${edge.port}`;
    groups.set(side, [...(groups.get(side) ?? []), edge]);
  }
  return [...groups.values()];
}

/** Leads what entered the region into one node instead, and on from its `out`; lines keep their ids where they can. */
export function standIn(graph: Graph, region: Region, id: NodeId, newId: NewId): Graph {
  const gone = new Set<EdgeId>([...region.entries, ...region.exits].map((edge) => edge.id));
  const into = bySide(region.entries).flatMap(([edge]) => (edge ? [{ ...edge, to: id }] : []));
  const onward = region.targets.map((to) => {
    const old = region.exits.find((edge) => edge.to === to);
    return { id: old?.id ?? newId(), from: id, port: 'out', to };
  });
  return withEdges(withoutEdges(graph, gone), [...into, ...onward]);
}

/** Whether more than one path can be under way at a time. */
export function splits(graph: Graph, starts: readonly NodeId[], steps: readonly GraphNode[]): boolean {
  if (starts.length > 1) return true;
  return steps.some(
    (node) =>
      node.kind === 'inclusive' ||
      bySide(edgesFrom(graph, node.id).filter((edge) => !isInnerPort(node, edge.port))).some((side) => side.length > 1),
  );
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
