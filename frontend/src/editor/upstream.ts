/** What has run before a step can start: which steps can have, and which certainly have (E59). */
import { containerOf, edgesFrom, edgesInto, holdersOf, nodesInside, plainPorts } from '@sagawright/shared/graph';
import type { Graph, NodeId } from '@sagawright/shared/graph';

interface Upstream {
  /** Steps that can have come before and can be read, nearest first. */
  readonly steps: readonly NodeId[];
  /** Scopes whose failure handler the step is part of. */
  readonly handled: readonly NodeId[];
}

/** Along the lines backwards, out of containers by their input; a container around the step has no output yet. */
export function upstreamOf(graph: Graph, id: NodeId): Upstream {
  const around = new Set(holdersOf(graph, id).map((each) => each.id));
  const found = new Set<NodeId>();
  const handled = new Set<NodeId>();
  const seen = new Set([id]);
  const queue = [id];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { from, port } of edgesInto(graph, at)) {
      if (around.has(from) && port === 'handler') {
        handled.add(from);
        for (const inner of readableInside(graph, from)) found.add(inner);
      }
      if (seen.has(from)) continue;
      seen.add(from);
      queue.push(from);
      if (around.has(from)) continue;
      found.add(from);
      if (graph.nodes[from]?.kind === 'scope') for (const inner of readableInside(graph, from)) found.add(inner);
    }
  }
  // Of a repetition the condition looks at the pass that has just ended.
  if (graph.nodes[id]?.kind === 'repeat') for (const inner of readableInside(graph, id)) found.add(inner);
  found.delete(id);
  return { steps: [...found], handled: [...handled] };
}

/** What lies in a container and can be read from outside: nothing that is inside another loop. */
function readableInside(graph: Graph, id: NodeId): NodeId[] {
  return nodesInside(graph, id).filter((inner) => {
    for (let at = containerOf(graph, inner); at !== null && at.id !== id; at = containerOf(graph, at.id)) {
      if (at.kind !== 'scope') return false;
    }
    return true;
  });
}

/**
 * Steps that have succeeded whichever way led to the step. Where ways meet that is what all of them have in common; at a
 * join that waits for all it is what any of them has. A step that can be skipped counts as uncertain.
 */
export function certainlyBefore(graph: Graph, id: NodeId): ReadonlySet<NodeId> {
  const known = new Map<NodeId, ReadonlySet<NodeId>>();
  const before = (at: NodeId): ReadonlySet<NodeId> => {
    const made = known.get(at);
    if (made) return made;
    // A circle, which no edit makes but a file may hold, adds nothing to itself.
    known.set(at, NOTHING);
    const ways = edgesInto(graph, at).map(({ from, port }) => {
      const source = graph.nodes[from];
      if (!source || !plainPorts(source).includes(port)) return before(from);
      return new Set([...before(from), ...done(from)]);
    });
    const around = containerOf(graph, at);
    const node = graph.nodes[at];
    const all = node?.kind === 'join' && node.mode.kind === 'all';
    const found = ways.length === 0 && around ? before(around.id) : all ? union(ways) : common(ways);
    known.set(at, found);
    return found;
  };
  /** What is certain once the step has succeeded: itself, and what every way through a scope has done. */
  const done = (at: NodeId): ReadonlySet<NodeId> => {
    const node = graph.nodes[at];
    if (!node || ('skipWhen' in node && node.skipWhen !== undefined)) return NOTHING;
    if (node.kind !== 'scope') return new Set([at]);
    const ends = nodesInside(graph, at).filter(
      (inner) => containerOf(graph, inner)?.id === at && edgesFrom(graph, inner).length === 0,
    );
    return new Set([at, ...common(ends.map((end) => new Set([...before(end), ...done(end)])))]);
  };
  return before(id);
}

const NOTHING: ReadonlySet<NodeId> = new Set();

function union(sets: readonly ReadonlySet<NodeId>[]): ReadonlySet<NodeId> {
  return new Set(sets.flatMap((each) => [...each]));
}

function common(sets: readonly ReadonlySet<NodeId>[]): ReadonlySet<NodeId> {
  const [first, ...others] = sets;
  return first ? new Set([...first].filter((id) => others.every((each) => each.has(id)))) : NOTHING;
}
