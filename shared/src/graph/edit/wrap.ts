/** Putting a selection into a container or a group, and taking it out again; the flow stays what it was. */
import { containerOf, holderOf, holdersOf, isHolder, nodesByHolder, nodesInside } from '../containers.js';
import type { HolderNode } from '../containers.js';
import type { ContainerNode, Graph, GraphEdge, GraphNode, NodeId, NodeOf } from '../graph.js';
import { isContainer, isDecoration, isTrigger } from '../ports.js';
import { ok } from '../../kernel/index.js';
import type { Result } from '../../kernel/index.js';
import { fitsDrawing } from './connect.js';
import { edgesFrom, edgesInto, freeName, withEdges, withNodes, withoutEdges } from './edit.js';
import type { Edit, NewId } from './edit.js';
import { GRID, insets, snap } from './geometry.js';
import { boxAround, holdContent, homeFor, inHolder, makeRoom, shift } from './hold.js';
import { pathsStopping, readRegion, readSelection, refused, splits, standIn } from './region.js';
import type { EditRefusal, Selection } from './region.js';

/**
 * Puts the selected steps into a new scope or loop. What led to them leads to the container, what came after them follows
 * it; a loop repeats them, and steps in it are no longer seen from outside.
 *
 * @param blank the container, with a fresh id; its name is made free, its place and size are chosen
 */
export function wrapSteps(
  graph: Graph,
  ids: readonly NodeId[],
  blank: ContainerNode,
  newId: NewId,
): Result<Edit, EditRefusal> {
  const read = readRegion(graph, ids);
  if (!read.ok) return read;
  const region = read.value;
  const before = boxAround(region.top) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  const inset = insets(blank, graph.settings.direction);
  const container = {
    ...inHolder(blank, region.parent),
    name: freeName(graph, blank.name),
    position: { x: snap(before.left), y: snap(before.top) },
    size: {
      width: ceil(before.right - before.left + inset.left + inset.right),
      height: ceil(before.bottom - before.top + inset.top + inset.bottom),
    },
  };
  const begin = region.starts.map((to) => ({ id: newId(), from: container.id, port: 'body', to }));
  const rewired = withEdges(standIn(graph, region, container.id, newId), begin);
  const wrapped = shift(
    withNodes(rewired, [container, ...region.top.map((node) => inHolder(node, container.id))]),
    region.top.map((node) => node.id),
    { x: inset.left, y: inset.top },
  );
  const placed = makeRoom(wrapped, before, container);
  return ok({
    graph: holdContent(placed, [container.id, ...region.top.map((node) => node.id)]),
    label: `${tell(region)} put into ${container.name}`,
    focus: [container.id],
  });
}

/** Draws a frame around nodes; the flow knows nothing of it. */
export function groupSteps(graph: Graph, ids: readonly NodeId[], blank: NodeOf<'group'>): Result<Edit, EditRefusal> {
  const read = readSelection(graph, ids);
  if (!read.ok) return read;
  const { top, parent } = read.value;
  const around = boxAround(top) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  const inset = insets(blank);
  const left = floor(around.left - inset.left);
  const above = floor(around.top - inset.top);
  const group = {
    ...inHolder(blank, parent),
    name: freeName(graph, blank.name),
    position: { x: left, y: above },
    size: { width: ceil(around.right + inset.right - left), height: ceil(around.bottom + inset.bottom - above) },
  };
  return ok({
    graph: holdContent(withNodes(graph, [group, ...top.map((node) => inHolder(node, group.id))]), [group.id]),
    label: `${tell(read.value)} grouped`,
    focus: [group.id],
  });
}

/**
 * Takes a container or group away and leaves what lies in it, led into and on from as the container was. What the container
 * did beside that (repeating, variables, timeout, its own undo) is gone with it.
 */
export function unwrapSteps(graph: Graph, id: NodeId, newId: NewId): Result<Edit, EditRefusal> {
  const holder = graph.nodes[id];
  if (!holder || !isHolder(holder)) {
    return refused('unwrap.no-container', 'Only a container or a group can be taken away from around its steps.');
  }
  const content = nodesByHolder(graph).get(id) ?? [];
  const flow = isContainer(holder) ? letThrough(graph, holder, newId) : ok(graph);
  if (!flow.ok) return flow;
  const parent = holderOf(graph, id)?.id;
  const released = content.map((node) => inHolder(node, parent));
  const { [id]: _, ...nodes } = flow.value.nodes;
  const freed: Graph = withNodes({ ...flow.value, nodes, order: graph.order.filter((each) => each !== id) }, released);
  const around = boxAround(content);
  const by =
    around && isContainer(holder)
      ? { x: snap(holder.position.x - around.left), y: snap(holder.position.y - around.top) }
      : { x: 0, y: 0 };
  const ids = content.map((node) => node.id);
  return ok({ graph: holdContent(shift(freed, ids, by), ids), label: `${holder.name} taken away`, focus: ids });
}

/** The graph with the lines of a container led to what lies in it. */
function letThrough(graph: Graph, container: ContainerNode, newId: NewId): Result<Graph, EditRefusal> {
  const own = edgesFrom(graph, container.id);
  const special = own.find((edge) => edge.port !== 'out' && edge.port !== 'body');
  if (special) {
    const message = `“${container.name}” has a line “${special.port}” that only a container can have; delete the line first.`;
    return refused('unwrap.lines', message);
  }
  const steps = graph.order.flatMap((each) => {
    const node = graph.nodes[each];
    return node && !isDecoration(node.kind) && containerOf(graph, each)?.id === container.id ? [node] : [];
  });
  const terminate = steps.find((node) => node.kind === 'terminate');
  if (terminate) {
    const message = `“${terminate.name}” stops only what is inside “${container.name}”; delete it first.`;
    return refused('unwrap.terminate', message);
  }
  const starts = own.filter((edge) => edge.port === 'body').map((edge) => edge.to);
  const targets = own.filter((edge) => edge.port === 'out').map((edge) => edge.to);
  const entries = edgesInto(graph, container.id);
  const stops = pathsStopping(graph, starts, steps);
  const end = stops.find((stop) => stop.port === null);
  if (end && targets.length > 0) {
    const message = `“${graph.nodes[end.node]?.name}” ends what is inside “${container.name}”, and outside more follows; delete it first.`;
    return refused('unwrap.end', message);
  }
  const joined = targets.every((to) => isPlainJoin(graph.nodes[to]));
  if (targets.length > 0 && stops.length > 1 && splits(graph, starts, steps) && !joined) {
    const message = `Branches inside “${container.name}” end on their own; join them first, so that what follows starts once.`;
    return refused('unwrap.branches', message);
  }
  const into = starts.length === 0 ? targets : starts;
  const lines: GraphEdge[] = [
    ...entries.flatMap((edge) => into.map((to, index) => ({ ...edge, id: index === 0 ? edge.id : newId(), to }))),
    ...stops.flatMap(({ node, port }) => targets.map((to) => ({ id: newId(), from: node, port: port ?? 'out', to }))),
  ];
  const bare = withoutEdges(graph, new Set([...own, ...entries].map((edge) => edge.id)));
  const drawn = new Set(Object.values(bare.edges).map(lineOf));
  return ok(
    withEdges(
      bare,
      lines.filter((edge) => !drawn.has(lineOf(edge))),
    ),
  );
}

const lineOf = (edge: GraphEdge) => `${edge.from}\n${edge.port}\n${edge.to}`;

function isPlainJoin(node: GraphNode | undefined): boolean {
  return node?.kind === 'join' && node.mode.kind === 'all';
}

/**
 * Moves nodes into a container or group, or out onto the canvas (null). Lines that would cross its border go.
 *
 * @returns null when nothing can go there: a trigger stays outside of containers, and nothing goes into itself
 */
export function moveInto(graph: Graph, ids: readonly NodeId[], parent: NodeId | null): Edit | null {
  const wanted = parent === null ? undefined : graph.nodes[parent];
  const target: HolderNode | null = wanted && isHolder(wanted) ? wanted : null;
  if (parent !== null && target === null) return null;
  const chosen = new Set(ids);
  const around = new Set(target ? [target.id, ...holdersOf(graph, target.id).map((holder) => holder.id)] : []);
  const moved = ids.flatMap((id) => {
    const node = graph.nodes[id];
    // What lies in something that moves as well goes with that.
    const carried = holdersOf(graph, id).some((holder) => chosen.has(holder.id));
    if (!node || around.has(id) || carried) return [];
    const home = homeFor(graph, node, parent);
    const fits =
      home === (parent ?? undefined) && nodesInside(graph, id).every((inner) => staysIn(graph, inner, target));
    return fits && node.parent !== home ? [inHolder(node, home)] : [];
  });
  const [first, ...more] = moved;
  if (!first) return null;
  const placed = withNodes(graph, moved);
  const crossing = Object.values(placed.edges).filter((edge) => !fitsDrawing(placed, edge));
  const what = more.length === 0 ? first.name : `${moved.length} steps`;
  return {
    graph: holdContent(
      withoutEdges(placed, new Set(crossing.map((edge) => edge.id))),
      moved.map((node) => node.id),
    ),
    label: target ? `${what} moved into ${target.name}` : `${what} moved out`,
    focus: moved.map((node) => node.id),
  };
}

/** A trigger in a group stays outside of containers with it. */
function staysIn(graph: Graph, id: NodeId, target: HolderNode | null): boolean {
  const node = graph.nodes[id];
  return !node || !isTrigger(node.kind) || target === null || homeFor(graph, node, target.id) === target.id;
}

function tell({ top }: Selection): string {
  return top.length === 1 ? (top[0]?.name ?? '') : `${top.length} steps`;
}

const ceil = (value: number) => Math.ceil(value / GRID) * GRID;
const floor = (value: number) => Math.floor(value / GRID) * GRID;
