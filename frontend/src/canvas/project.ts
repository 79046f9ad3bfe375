/** From our document to what React Flow draws: a pure projection that keeps the objects of untouched steps. */
import { acceptsInput, cardSize, INPUT_POINT, outputPoint, outputPorts } from '@sagawright/shared/graph';
import type { Graph, GraphNode, NodeId } from '@sagawright/shared/graph';
import { Position } from '@xyflow/react';
import type { Edge, Node, NodeHandle } from '@xyflow/react';

export type StepNode = Node<Record<string, never>, 'step' | 'note'>;
export type StepLine = Edge<Record<string, never>, 'step'>;

const NO_DATA: Record<string, never> = {};
/** Diameter of a handle. */
const DOT = 10;

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

/** Remembers what it made: equal input gives the identical node object, which React Flow then leaves alone. */
export function nodeProjector(): (graph: Graph, order: readonly NodeId[], options: ProjectionOptions) => StepNode[] {
  let kept = new Map<NodeId, Kept>();
  return (graph, order, { selected, focus, editable, spoken }) => {
    const next = new Map<NodeId, Kept>();
    const nodes = order.flatMap((id) => {
      const source = graph.nodes[id];
      if (!source) return [];
      const label = spoken(source);
      const marks = `${selected.has(id)} ${focus === id} ${editable} ${label}`;
      const old = kept.get(id);
      const node =
        old && old.source === source && old.marks === marks
          ? old.node
          : projectNode(source, selected.has(id), focus === id, editable, label);
      next.set(id, { source, marks, node });
      return [node];
    });
    kept = next;
    return nodes;
  };
}

function projectNode(node: GraphNode, selected: boolean, focused: boolean, editable: boolean, label: string): StepNode {
  const { width, height } = cardSize(node);
  return {
    id: node.id,
    type: node.kind === 'note' ? 'note' : 'step',
    data: NO_DATA,
    position: node.position,
    width,
    height,
    handles: handlesOf(node),
    selected,
    draggable: editable,
    connectable: editable,
    zIndex: node.kind === 'note' ? -1 : 0,
    ariaRole: 'group',
    ariaLabel: label,
    domAttributes: { tabIndex: focused ? 0 : -1, 'aria-roledescription': 'step' },
  };
}

export function handlesOf(node: GraphNode): NodeHandle[] {
  const input: NodeHandle[] = acceptsInput(node.kind)
    ? [
        {
          id: 'in',
          type: 'target',
          position: Position.Left,
          x: -DOT / 2,
          y: INPUT_POINT.y - DOT / 2,
          width: DOT,
          height: DOT,
        },
      ]
    : [];
  const outputs = outputPorts(node).map((port): NodeHandle => {
    const { x, y } = outputPoint(node, port);
    const position = port === 'error' ? Position.Bottom : Position.Right;
    return { id: port, type: 'source', position, x: x - DOT / 2, y: y - DOT / 2, width: DOT, height: DOT };
  });
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
              ariaLabel: `Line from ${from.name} to ${to.name}`,
            };
      next.set(source.id, { source, marks, line });
      return [line];
    });
    kept = next;
    return lines;
  };
}
