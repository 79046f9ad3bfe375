/**
 * The drawing as a flow: nodes that take part, the lines between them, and the levels that they lie on.
 *
 * A level is what belongs to one body: the run itself, or the inside of one container. Lines stay on their level, except
 * those by which a container leads inside; seen from its own level a container is one step like others.
 */
import { containerOf, innerPorts, isContainer, isDecoration, isTrigger, stepKey } from '../../graph/index.js';
import type { ContainerNode, Graph, GraphEdge, GraphNode, TriggerNode } from '../../graph/index.js';
import { ROOT_SCOPE } from '../definition.js';
import type { ScopeId } from '../definition.js';
import { analyse } from './level.js';
import type { Level } from './level.js';

export type FlowNode = Exclude<GraphNode, { kind: 'note' | 'group' }>;
export type FlowStep = Exclude<FlowNode, TriggerNode>;

export interface Flow {
  readonly graph: Graph;
  /** In the graph's order; what is drawing only is left out. */
  readonly nodes: readonly FlowNode[];
  readonly byId: ReadonlyMap<string, FlowNode>;
  /** By node: the name by which expressions reach it. */
  readonly keys: ReadonlyMap<string, string>;
  /** Steps by that name; the first of two with the same. */
  readonly byKey: ReadonlyMap<string, FlowStep>;
  /** The container that a node runs in; null on the outermost level. */
  readonly containers: ReadonlyMap<string, ContainerNode | null>;
  /** Edges from a node, those that lead inside it as well. */
  readonly outgoing: ReadonlyMap<string, readonly GraphEdge[]>;
  readonly incoming: ReadonlyMap<string, readonly GraphEdge[]>;
  /** Reached from a trigger. */
  readonly reachable: ReadonlySet<string>;
  /** Of the run and of every reachable container, outer before inner. */
  readonly levels: ReadonlyMap<ScopeId, Level>;
}

export const isTriggerNode = (node: FlowNode): node is TriggerNode => isTrigger(node.kind);

/** The part of a flow that its levels are worked out from. */
export type FlowLines = Omit<Flow, 'levels'>;

/** Which level a node lies on. */
export function scopeOf(flow: Pick<Flow, 'containers'>, id: string): ScopeId {
  return flow.containers.get(id)?.id ?? ROOT_SCOPE;
}

/** Containers around a node, the innermost first. */
export function containersAround(flow: Pick<Flow, 'containers'>, id: string): ContainerNode[] {
  const around: ContainerNode[] = [];
  for (let at = flow.containers.get(id) ?? null; at !== null; at = flow.containers.get(at.id) ?? null) around.push(at);
  return around;
}

/** The container's lines into its inside, in the order of the drawing. */
export function innerEdges(flow: Pick<Flow, 'outgoing'>, container: string, port: 'body' | 'handler'): GraphEdge[] {
  return (flow.outgoing.get(container) ?? []).filter((edge) => edge.port === port);
}

export function flowNodes(graph: Graph): FlowNode[] {
  return [...new Set([...graph.order, ...Object.keys(graph.nodes)])]
    .map((id) => graph.nodes[id])
    .filter((node): node is FlowNode => node !== undefined && !isDecoration(node.kind));
}

/** The container of every node; who lies in itself, by a damaged chain of parents, lies in none. */
export function readContainers(graph: Graph, nodes: readonly FlowNode[]): Map<string, ContainerNode | null> {
  const containers = new Map<string, ContainerNode | null>();
  for (const node of nodes) {
    const container = node.parent === undefined ? null : containerOf(graph, node.id);
    let above = container;
    for (const seen = new Set([node.id]); above !== null && !seen.has(above.id); above = containerOf(graph, above.id))
      seen.add(above.id);
    containers.set(node.id, above === null ? container : null);
  }
  return containers;
}

/** @param edges the edges that lead from a node to a node of its level, or into it, through a port that exists */
export function readFlow(
  graph: Graph,
  nodes: readonly FlowNode[],
  containers: ReadonlyMap<string, ContainerNode | null>,
  edges: readonly GraphEdge[],
): Flow {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const outgoing = new Map<string, GraphEdge[]>(nodes.map(({ id }) => [id, []]));
  const incoming = new Map<string, GraphEdge[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of edges) {
    outgoing.get(edge.from)?.push(edge);
    incoming.get(edge.to)?.push(edge);
  }
  const reachable = new Set<string>();
  const stack = nodes.filter(isTriggerNode).map(({ id }) => id);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (reachable.has(id)) continue;
    reachable.add(id);
    for (const edge of outgoing.get(id) ?? []) stack.push(edge.to);
  }
  const keys = new Map(nodes.map(({ id, name }) => [id, stepKey(name)]));
  const byKey = new Map<string, FlowStep>();
  for (const node of nodes) {
    const key = keys.get(node.id) ?? '';
    if (!isTriggerNode(node) && !byKey.has(key)) byKey.set(key, node);
  }
  const lines: FlowLines = { graph, nodes, byId, keys, byKey, containers, outgoing, incoming, reachable };
  return { ...lines, levels: readLevels(lines) };
}

function readLevels(lines: FlowLines): Map<ScopeId, Level> {
  const members = new Map<ScopeId, FlowNode[]>([[ROOT_SCOPE, []]]);
  for (const node of lines.nodes) {
    if (!lines.reachable.has(node.id)) continue;
    const scope = scopeOf(lines, node.id);
    const list = members.get(scope);
    if (list) list.push(node);
    else members.set(scope, [node]);
  }
  const levels = new Map<ScopeId, Level>();
  const open: (ContainerNode | null)[] = [null];
  for (let container = open.shift(); container !== undefined; container = open.shift()) {
    const inside = members.get(container?.id ?? ROOT_SCOPE) ?? [];
    levels.set(container?.id ?? ROOT_SCOPE, analyse(lines, container, inside));
    open.push(...inside.filter(isContainer));
  }
  return levels;
}

/** Whether an edge leads from a container to what lies in it. */
export function leadsInside(from: GraphNode, port: string): port is 'body' | 'handler' {
  return innerPorts(from).some((each) => each === port);
}
