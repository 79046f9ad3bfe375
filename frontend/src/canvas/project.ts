/** From our document to what React Flow draws: a pure projection that keeps the objects of untouched steps. */
import {
  acceptsInput,
  allPorts,
  cardSize,
  holdersOf,
  inputPoint,
  isHolder,
  outputPoint,
} from '@sagawright/shared/graph';
import type { DrawingDirection, Graph, GraphNode, NodeId, Point } from '@sagawright/shared/graph';
import { Position } from '@xyflow/react';
import type { Edge, Node, NodeHandle } from '@xyflow/react';

export type StepNode = Node<Record<string, never>, 'step' | 'note' | 'box'>;
export type StepLine = Edge<Record<string, never>, 'step'>;

const NO_DATA: Record<string, never> = {};
/** Diameter of a handle. */
const DOT = 10;
/** Frames lie under lines, lines under cards. */
const LAYER = { note: -200, box: -100, line: 0, card: 10 } as const;

export interface ProjectionOptions {
  readonly selected: ReadonlySet<NodeId>;
  /** The step that Tab reaches. */
  readonly focus: NodeId | null;
  readonly editable: boolean;
  readonly spoken: (node: GraphNode) => string;
}

interface Kept {
  readonly source: GraphNode;
  readonly marks: string;
  readonly node: StepNode;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly parent: NodeId | null;
  readonly depth: number;
  readonly direction: DrawingDirection;
}

/** Remembers what it made: equal input gives the identical node object, which React Flow then leaves alone. */
export function nodeProjector(): (graph: Graph, order: readonly NodeId[], options: ProjectionOptions) => StepNode[] {
  let kept = new Map<NodeId, Kept>();
  return (graph, order, { selected, focus, editable, spoken }) => {
    const next = new Map<NodeId, Kept>();
    const nodes: StepNode[] = [];
    const draw = (id: NodeId): void => {
      const source = graph.nodes[id];
      if (!source || next.has(id)) return;
      const place = placeOf(graph, source);
      // React Flow wants a box before what lies in it, whatever the order of reading.
      if (place.parent !== null) draw(place.parent);
      const label = spoken(source);
      const marks = `${selected.has(id)} ${focus === id} ${editable} ${place.x} ${place.y} ${place.parent ?? ''} ${place.depth} ${place.direction} ${label}`;
      const old = kept.get(id);
      const node =
        old && old.source === source && old.marks === marks
          ? old.node
          : projectNode(source, place, selected.has(id), focus === id, editable, label);
      next.set(id, { source, marks, node });
      nodes.push(node);
    };
    for (const id of order) draw(id);
    kept = next;
    return nodes;
  };
}

/** Relative to the box around it. */
function placeOf(graph: Graph, node: GraphNode): Place {
  const around = holdersOf(graph, node.id);
  const origin = around[0]?.position ?? { x: 0, y: 0 };
  return {
    x: node.position.x - origin.x,
    y: node.position.y - origin.y,
    parent: around[0]?.id ?? null,
    depth: around.length,
    direction: graph.settings.direction,
  };
}

function projectNode(
  node: GraphNode,
  { x, y, parent, depth, direction }: Place,
  selected: boolean,
  focused: boolean,
  editable: boolean,
  label: string,
): StepNode {
  const { width, height } = cardSize(node);
  const box = isHolder(node);
  return {
    id: node.id,
    type: node.kind === 'note' ? 'note' : box ? 'box' : 'step',
    data: NO_DATA,
    position: { x, y },
    ...(parent === null ? {} : { parentId: parent }),
    width,
    height,
    handles: handlesOf(node, direction),
    selected,
    draggable: editable,
    connectable: editable,
    zIndex: node.kind === 'note' ? LAYER.note + depth : box ? LAYER.box + depth : LAYER.card,
    // The inside of a box is canvas: only its title takes the pointer.
    ...(box ? { style: { pointerEvents: 'none' }, dragHandle: '.box-title' } : {}),
    ariaRole: 'group',
    ariaLabel: label,
    domAttributes: { tabIndex: focused ? 0 : -1, 'aria-roledescription': box ? 'container' : 'step' },
  };
}

/** The side of a card that a port is on: the flow's own, or beside it for the ways of failures. */
export function sideOf(node: GraphNode, port: string, direction: DrawingDirection): Position {
  const { x, y } = outputPoint(node, port, direction);
  const { width, height } = cardSize(node);
  if (direction === 'tb') return x >= width && y < height ? Position.Right : Position.Bottom;
  return y >= height ? Position.Bottom : Position.Right;
}

export function handlesOf(node: GraphNode, direction: DrawingDirection): NodeHandle[] {
  const at = ({ x, y }: Point) => ({ x: x - DOT / 2, y: y - DOT / 2, width: DOT, height: DOT });
  const side = direction === 'lr' ? Position.Left : Position.Top;
  const input: NodeHandle[] = acceptsInput(node.kind)
    ? [{ id: 'in', type: 'target', position: side, ...at(inputPoint(direction)) }]
    : [];
  const outputs = allPorts(node).map((port): NodeHandle => ({
    id: port,
    type: 'source',
    position: sideOf(node, port, direction),
    ...at(outputPoint(node, port, direction)),
  }));
  return [...input, ...outputs];
}

/** Remembers likewise for lines. */
export function edgeProjector(): (graph: Graph, selected: string | null, editable: boolean) => StepLine[] {
  let kept = new Map<string, { source: Graph['edges'][string]; marks: string; line: StepLine }>();
  return (graph, selected, editable) => {
    const next: typeof kept = new Map();
    const lines = Object.values(graph.edges).flatMap((source) => {
      const from = graph.nodes[source.from];
      const to = graph.nodes[source.to];
      if (!from || !to) return [];
      const marks = `${selected === source.id} ${editable} ${from.name} ${to.name}`;
      const old = kept.get(source.id);
      const line: StepLine =
        old && old.source === source && old.marks === marks
          ? old.line
          : {
              id: source.id,
              type: 'step',
              source: source.from,
              sourceHandle: source.port,
              target: source.to,
              targetHandle: 'in',
              selected: selected === source.id,
              reconnectable: editable,
              zIndex: LAYER.line,
              ariaLabel: `Line from ${from.name} to ${to.name}`,
            };
      next.set(source.id, { source, marks, line });
      return [line];
    });
    kept = next;
    return lines;
  };
}
