/** Lines: which may be drawn (E12), drawing, moving and removing them. */
import { containerOf } from '../containers.js';
import type { ContainerNode, EdgeId, Graph, GraphEdge, GraphNode, NodeId } from '../graph.js';
import { acceptsInput, allPorts, isDecoration, isFinal, isInnerPort, isTrigger } from '../ports.js';
import type { Edit, NewId } from './edit.js';
import { withEdges, withoutEdges } from './edit.js';

/** Why a line may not be drawn: a stable code and a short sentence for the tag at the pointer. */
export interface Refusal {
  readonly code:
    'unknown-step' | 'self' | 'no-port' | 'into-trigger' | 'out-of-end' | 'note' | 'border' | 'duplicate' | 'cycle';
  readonly message: string;
}

/** Answers "may this line be drawn?" in constant time; rebuilt when the graph changes. */
export interface ConnectionIndex {
  refusal(from: NodeId, port: string, to: NodeId, ignoreEdge?: EdgeId): Refusal | null;
}

const refuse = (code: Refusal['code'], message: string): Refusal => ({ code, message });

/**
 * Precomputes what every node reaches as bit sets (n²/32 words), so that a pointer move over 1000 nodes costs nothing.
 */
export function connectionIndex(graph: Graph): ConnectionIndex {
  const ids = Object.keys(graph.nodes);
  const position = new Map(ids.map((id, index) => [id, index]));
  const ports = new Map(Object.values(graph.nodes).map((node) => [node.id, new Set(allPorts(node))]));
  const containers = new Map(ids.map((id) => [id, containerOf(graph, id)]));
  const edges = Object.values(graph.edges);
  const lines = new Map<string, EdgeId>(edges.map((edge) => [`${edge.from}\n${edge.port}\n${edge.to}`, edge.id]));
  const reach = reachability(ids, edges);

  return {
    refusal(from, port, to, ignoreEdge) {
      const source = graph.nodes[from];
      const target = graph.nodes[to];
      if (!source || !target) return refuse('unknown-step', 'This step is gone.');
      const decoration = [source, target].find((node) => isDecoration(node.kind));
      if (decoration) return refuse('note', `A ${decoration.kind} cannot be connected.`);
      if (from === to) return refuse('self', 'A step cannot follow itself.');
      if (isFinal(source.kind)) return refuse('out-of-end', 'The path ends here.');
      if (isTrigger(target.kind)) return refuse('into-trigger', 'A trigger starts the flow; nothing leads into it.');
      if (!acceptsInput(target.kind) || !ports.get(from)?.has(port))
        return refuse('no-port', 'This side cannot be connected.');
      const border = acrossBorder(source, port, target, (id) => containers.get(id) ?? null);
      if (border !== null) return refuse('border', border);
      const same = lines.get(`${from}\n${port}\n${to}`);
      if (same !== undefined && same !== ignoreEdge) return refuse('duplicate', 'These two are already connected.');
      if (reach(position.get(to) ?? -1, position.get(from) ?? -1)) {
        return refuse('cycle', 'This would go round in a circle.');
      }
      return null;
    },
  };
}

/**
 * Lines join steps of one container; the ports of a container that lead inside reach only what lies right in it.
 *
 * @returns why the line would cross a border, or null
 */
function acrossBorder(
  source: GraphNode,
  port: string,
  target: GraphNode,
  container: (id: NodeId) => ContainerNode | null,
): string | null {
  const [from, to] = [container(source.id), container(target.id)];
  if (isInnerPort(source, port)) {
    return to?.id === source.id ? null : `This leads to steps that lie right inside “${source.name}”.`;
  }
  if (from?.id === to?.id) return null;
  if (to?.id === source.id) return `What is inside “${source.name}” begins at its inner side.`;
  const closed = to ?? from;
  return `The line would cross the border of “${closed?.name}”; connect “${closed?.name}” itself.`;
}

/** Whether an edge leaves by a port that its source has, to a step that it may lead to. Circles and doubles aside. */
export function fitsDrawing(graph: Pick<Graph, 'nodes'>, edge: GraphEdge): boolean {
  const source = graph.nodes[edge.from];
  const target = graph.nodes[edge.to];
  if (!source || !target || source === target) return false;
  if (!acceptsInput(target.kind) || !allPorts(source).includes(edge.port)) return false;
  return acrossBorder(source, edge.port, target, (id) => containerOf(graph, id)) === null;
}

function reachability(ids: readonly NodeId[], edges: readonly GraphEdge[]): (from: number, to: number) => boolean {
  const count = ids.length;
  const words = Math.ceil(count / 32);
  const position = new Map(ids.map((id, index) => [id, index]));
  const next: number[][] = ids.map(() => []);
  for (const edge of edges) {
    const from = position.get(edge.from);
    const to = position.get(edge.to);
    if (from !== undefined && to !== undefined) next[from]?.push(to);
  }
  const sets = new Uint32Array(count * words);
  const done = new Uint8Array(count);
  // Iterative post-order walk: a node's set is the union of its successors' sets and the successors themselves.
  for (let root = 0; root < count; root++) {
    const stack: { node: number; child: number }[] = [{ node: root, child: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (!top) break;
      const successors = next[top.node] ?? [];
      if (done[top.node] === 2) {
        stack.pop();
      } else if (top.child < successors.length) {
        done[top.node] = 1;
        const child = successors[top.child++] ?? 0;
        if (done[child] === 0) stack.push({ node: child, child: 0 });
      } else {
        for (const child of successors) {
          const at = top.node * words;
          for (let word = 0; word < words; word++)
            sets[at + word] = (sets[at + word] ?? 0) | (sets[child * words + word] ?? 0);
          sets[at + (child >> 5)] = (sets[at + (child >> 5)] ?? 0) | (1 << (child & 31));
        }
        done[top.node] = 2;
        stack.pop();
      }
    }
  }
  return (from, to) => from >= 0 && to >= 0 && ((sets[from * words + (to >> 5)] ?? 0) & (1 << (to & 31))) !== 0;
}

/** One answer without keeping an index; for a single question. */
export function canConnect(graph: Graph, from: NodeId, port: string, to: NodeId): Refusal | null {
  return connectionIndex(graph).refusal(from, port, to);
}

/** @returns null when the line may not be drawn (ask {@link canConnect} for the reason) */
export function connect(graph: Graph, from: NodeId, port: string, to: NodeId, newId: NewId): Edit | null {
  if (canConnect(graph, from, port, to)) return null;
  return {
    graph: withEdges(graph, [{ id: newId(), from, port, to }]),
    label: `${graph.nodes[from]?.name} connected to ${graph.nodes[to]?.name}`,
    focus: [from],
  };
}

/** Moves either end of a line and keeps its id (E13). */
export function reconnect(graph: Graph, id: EdgeId, ends: { from: NodeId; port: string; to: NodeId }): Edit | null {
  const edge = graph.edges[id];
  if (!edge) return null;
  // Its old course must not count against the new one, neither as a duplicate nor as part of a circle.
  const without = withoutEdges(graph, new Set([id]));
  if (canConnect(without, ends.from, ends.port, ends.to)) return null;
  return { graph: withEdges(graph, [{ id, ...ends }]), label: 'Line moved', focus: [ends.from] };
}

export function disconnect(graph: Graph, ids: readonly EdgeId[]): Edit {
  const gone = ids.filter((id) => graph.edges[id]);
  const first = graph.edges[gone[0] ?? ''];
  return {
    graph: withoutEdges(graph, new Set(gone)),
    label: gone.length === 1 ? 'Line removed' : `${gone.length} lines removed`,
    focus: first ? [first.from] : [],
  };
}
