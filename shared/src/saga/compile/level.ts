/**
 * What can be proved about one level of a flow: the run itself, or the inside of one container.
 *
 * Nodes are known by their place in the level's topological order. Two places come first and stand for no node: where the
 * body begins and where the handler begins (of the run itself nothing begins there: its triggers are nodes). All analyses
 * walk the order once with bit sets, so a thousand nodes take a few milliseconds.
 */
import { plainPorts, portsOf } from '../../graph/index.js';
import type { ContainerNode, GraphEdge } from '../../graph/index.js';
import { ROOT_SCOPE } from '../definition.js';
import type { ScopeId } from '../definition.js';
import { Bits } from './bits.js';
import type { FlowLines, FlowNode } from './flow.js';

/** Where the body, and where the handler of a container begins. */
export const BODY = 0;
export const HANDLER = 1;
const BEGINNINGS = 2;

export interface Level {
  readonly scope: ScopeId;
  /** null: the run itself. */
  readonly container: ContainerNode | null;
  /** Topological order, ties by the graph's order; without what lies on a circle or behind one. */
  readonly order: readonly string[];
  /** What could not be ordered, since its edges run in a circle. */
  readonly rest: readonly string[];
  /** Everything else that can be proved; null when there is a circle. */
  readonly proof: Proof | null;
}

/** Nodes are given by their id; those of other levels count as unknown. */
export interface Proof {
  has(node: string): boolean;
  /** There is a way from the first to the second. */
  isBefore(node: string, later: string): boolean;
  /** Begins where the container's handler does. */
  isHandling(node: string): boolean;
  /** Reached from where the body begins (on the outermost level: from a trigger). */
  isInBody(node: string): boolean;
  /** Nodes from which this one can be reached, in order. */
  ancestors(node: string): string[];
  /** Edges into a node that can both carry a token in one run. */
  meeting(node: string): readonly [GraphEdge, GraphEdge] | null;
  /** How many pairs of such edges there are. */
  countMeetings(node: string): number;
  /** A step has certainly left through one of its plain ports before the node starts. */
  certainlyBefore(node: string, step: string): boolean;
  /** A step has certainly left through one of its plain ports when the body is over without a failure. */
  certainlyInBody(step: string): boolean;
  /** Both can run in one run without either causing the other. */
  concurrent(a: string, b: string): boolean;
  /** Nearest node that every way to this one passes; null when that is where the level begins. */
  dominator(node: string): string | null;
}

export function analyse(flow: FlowLines, container: ContainerNode | null, nodes: readonly FlowNode[]): Level {
  const { order, rest } = topologicalOrder(flow, nodes);
  const level = { scope: container?.id ?? ROOT_SCOPE, container, order, rest };
  return { ...level, proof: rest.length > 0 ? null : prove(flow, container, order) };
}

function topologicalOrder(flow: FlowLines, nodes: readonly FlowNode[]): { order: string[]; rest: string[] } {
  const rank = new Map(nodes.map(({ id }, index) => [id, index]));
  const open = new Map<string, number>();
  for (const { id } of nodes) {
    let count = 0;
    for (const edge of flow.incoming.get(id) ?? []) if (rank.has(edge.from)) count += 1;
    open.set(id, count);
  }
  const order: string[] = [];
  const ready = nodes.map(({ id }) => id).filter((id) => open.get(id) === 0);
  for (let next = 0; next < ready.length; next += 1) {
    const id = ready[next] ?? '';
    order.push(id);
    const freed: string[] = [];
    for (const edge of flow.outgoing.get(id) ?? []) {
      const left = open.get(edge.to);
      if (left === undefined) continue;
      open.set(edge.to, left - 1);
      if (left === 1) freed.push(edge.to);
    }
    freed.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    ready.push(...freed);
  }
  const done = new Set(order);
  return { order, rest: nodes.map(({ id }) => id).filter((id) => !done.has(id)) };
}

/** Edges by place: those into it, and those out of it on the same level by port. */
interface Lines {
  readonly size: number;
  readonly node: (place: number) => FlowNode | undefined;
  readonly into: readonly (readonly { readonly edge: GraphEdge; readonly from: number; readonly at: number }[])[];
  readonly out: readonly (readonly { readonly port: string; readonly to: number; readonly at: number }[])[];
  readonly edgeCount: number;
}

function prove(flow: FlowLines, container: ContainerNode | null, order: readonly string[]): Proof {
  const places = new Map(order.map((id, index) => [id, index + BEGINNINGS]));
  const placeOf = (id: string) => places.get(id) ?? -1;
  const lines = readLines(flow, container, order, placeOf);
  const ancestors = ancestorsOf(lines);
  const { together, withNode } = tokensTogether(lines);
  const { before, waited, follows } = certainty(lines);
  const dominators = immediateDominators(lines);
  const nodeAt = (place: number) => order[place - BEGINNINGS];
  const isBefore = (earlier: number, later: number) => ancestors[later]?.has(earlier) ?? false;

  return {
    has: (node) => places.has(node),
    isBefore: (node, later) => isBefore(placeOf(node), placeOf(later)),
    isHandling: (node) => isBefore(HANDLER, placeOf(node)),
    isInBody: (node) => container === null || isBefore(BODY, placeOf(node)),
    ancestors(node) {
      const list: string[] = [];
      ancestors[placeOf(node)]?.forEach((place) => {
        const id = nodeAt(place);
        if (id !== undefined) list.push(id);
      });
      return list;
    },
    meeting(node) {
      const list = lines.into[placeOf(node)] ?? [];
      for (const [i, a] of list.entries()) {
        for (let j = i + 1; j < list.length; j += 1) {
          const b = list[j];
          if (b && together[a.at]?.has(b.at)) return [a.edge, b.edge];
        }
      }
      return null;
    },
    countMeetings(node) {
      const list = lines.into[placeOf(node)] ?? [];
      let count = 0;
      for (const [i, a] of list.entries()) {
        for (let j = i + 1; j < list.length; j += 1) if (together[a.at]?.has(list[j]?.at ?? -1)) count += 1;
      }
      return count;
    },
    certainlyBefore(node, step) {
      const [at, bit] = [placeOf(node), successBit(placeOf(step))];
      return Boolean(before[at]?.has(bit) && waited[at]?.has(bit));
    },
    certainlyInBody: (step) => follows[BODY]?.has(successBit(placeOf(step))) ?? false,
    concurrent(a, b) {
      const [i, j] = [placeOf(a), placeOf(b)];
      if (i < 0 || j < 0 || isBefore(j, i) || isBefore(i, j)) return false;
      const [first, second] = i < j ? [i, j] : [j, i];
      return (lines.into[first] ?? []).some(({ at }) => withNode[second]?.has(at));
    },
    dominator(node) {
      const found = dominators[placeOf(node)];
      return found === undefined ? null : (nodeAt(found) ?? null);
    },
  };
}

function readLines(
  flow: FlowLines,
  container: ContainerNode | null,
  order: readonly string[],
  placeOf: (id: string) => number,
): Lines {
  const size = order.length + BEGINNINGS;
  const into: { edge: GraphEdge; from: number; at: number }[][] = Array.from({ length: size }, () => []);
  const out: { port: string; to: number; at: number }[][] = Array.from({ length: size }, () => []);
  let edgeCount = 0;
  const draw = (from: number, edge: GraphEdge) => {
    const to = placeOf(edge.to);
    if (to < 0) return;
    into[to]?.push({ edge, from, at: edgeCount });
    out[from]?.push({ port: edge.port, to, at: edgeCount });
    edgeCount += 1;
  };
  if (container !== null) {
    for (const edge of flow.outgoing.get(container.id) ?? []) draw(edge.port === 'handler' ? HANDLER : BODY, edge);
  }
  order.forEach((id, index) => {
    for (const edge of flow.outgoing.get(id) ?? []) draw(index + BEGINNINGS, edge);
  });
  return { size, node: (place) => flow.byId.get(order[place - BEGINNINGS] ?? ''), into, out, edgeCount };
}

function ancestorsOf({ size, into }: Lines): Bits[] {
  const ancestors: Bits[] = [];
  for (let place = 0; place < size; place += 1) {
    const bits = new Bits(size);
    for (const { from } of into[place] ?? []) bits.add(from).addAll(ancestors[from] ?? bits);
    ancestors.push(bits);
  }
  return ancestors;
}

/**
 * Which edges can both carry a token in one run. A node leaves through one port only, an inclusive choice through several;
 * otherwise choices are independent. What can go together with a node is what can go together with one of its edges in.
 */
function tokensTogether(lines: Lines): { together: Bits[]; withNode: Bits[] } {
  const together = Array.from({ length: lines.edgeCount }, () => new Bits(lines.edgeCount));
  const withNode: Bits[] = [];
  for (let place = 0; place < lines.size; place += 1) {
    const row = new Bits(lines.edgeCount);
    for (const { at } of lines.into[place] ?? []) row.add(at).addAll(together[at] ?? row);
    withNode.push(row);
    const out = lines.out[place] ?? [];
    const node = lines.node(place);
    const cases = node?.kind === 'inclusive' ? new Set(node.cases.map((each) => each.id)) : null;
    for (const { at, port } of out) {
      const mine = together[at];
      mine?.addAll(row).add(at);
      for (const other of out) {
        if (other.port === port || (cases?.has(port) && cases.has(other.port))) mine?.add(other.at);
      }
    }
    if (out.length > 0) {
      row.forEach((other) => {
        const theirs = together[other];
        for (const { at } of out) theirs?.add(at);
      });
    }
  }
  return { together, withNode };
}

const runBit = (place: number) => 2 * place;
/** It left through one of its plain ports. */
const successBit = (place: number) => (place < 0 ? -1 : 2 * place + 1);

/**
 * Which steps have certainly succeeded before a node starts.
 *
 * - `follows`: what certainly happens, sooner or later, once a node has started
 * - `before`: what certainly happens in a run in which the node starts
 * - `waited`: what is settled before the node starts; a join for `any` does not wait for its losers
 */
function certainty(lines: Lines): { before: Bits[]; waited: Bits[]; follows: Bits[] } {
  const size = lines.size * 2;
  const follows: Bits[] = Array.from({ length: lines.size }, () => new Bits(0));
  const isPlain = (place: number, port: string): boolean => {
    const node = lines.node(place);
    return node === undefined || plainPorts(node).includes(port);
  };
  const throughPort = (place: number, port: string): Bits => {
    const bits = new Bits(size).add(runBit(place));
    if (isPlain(place, port)) bits.add(successBit(place));
    for (const edge of lines.out[place] ?? []) if (edge.port === port) bits.addAll(follows[edge.to] ?? bits);
    return bits;
  };
  for (let place = lines.size - 1; place >= 0; place -= 1) {
    const node = lines.node(place);
    const ports = node ? portsOf(node) : place === BODY ? ['body'] : ['handler'];
    const [first, ...others] = ports.map((port) => throughPort(place, port));
    const bits = first ?? new Bits(size).add(runBit(place));
    for (const other of others) bits.keepOnly(other);
    follows[place] = bits;
  }
  const before: Bits[] = [];
  const waited: Bits[] = [];
  for (let place = 0; place < lines.size; place += 1) {
    const node = lines.node(place);
    const waitsForAll = node?.kind === 'join' && node.mode.kind === 'all';
    let sure: Bits | null = null;
    let settled: Bits | null = null;
    for (const { edge, from } of lines.into[place] ?? []) {
      const viaEdge = throughPort(from, edge.port).addAll(before[from] ?? new Bits(size));
      sure = sure === null ? viaEdge : sure.keepOnly(viaEdge);
      const settledVia = new Bits(size).add(runBit(from)).add(successBit(from));
      settledVia.addAll(waited[from] ?? settledVia);
      if (settled === null) settled = settledVia;
      else if (waitsForAll) settled.addAll(settledVia);
      else settled.keepOnly(settledVia);
    }
    before.push(sure ?? new Bits(size));
    waited.push(settled ?? new Bits(size));
  }
  return { before, waited, follows };
}

/** @see Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001; one pass suffices without cycles */
function immediateDominators(lines: Lines): number[] {
  const dominators: number[] = [];
  for (let place = 0; place < lines.size; place += 1) {
    let common: number | null = null;
    for (const { from } of lines.into[place] ?? []) {
      if (common === null) {
        common = from;
        continue;
      }
      let [a, b]: [number, number] = [from, common];
      while (a !== b) {
        if (a > b) a = dominators[a] ?? -1;
        else b = dominators[b] ?? -1;
      }
      common = a;
    }
    dominators.push(common ?? -1);
  }
  return dominators;
}
