/** The circles that lines are drawn from and to, and a `+` stub on each way that leads nowhere yet (E5, E6). */
import { acceptsInput, allPorts, edgesFrom, inputPoint, outputPoint, portLabel } from '@sagawright/shared/graph';
import type { GraphNode, Point } from '@sagawright/shared/graph';
import { Handle, Position } from '@xyflow/react';
import { Plus } from 'lucide-react';
import type { CSSProperties, ReactElement } from 'react';
import { useCanvas } from './canvas-store.js';
import type { CanvasEditing } from './canvas-store.js';
import { openWays } from './open-ways.js';
import { sideOf } from './project.js';

export function Ports({ node }: { readonly node: GraphNode }): ReactElement {
  const ports = allPorts(node);
  const direction = useCanvas((state) => state.graph.settings.direction);
  const free = useCanvas((state) =>
    ports.filter((port) => edgesFrom(state.graph, node.id, port).length === 0).join(' '),
  ).split(' ');
  const open = useCanvas((state) => openWays(state.graph, node).join(' ')).split(' ');
  const editing = useCanvas((state) => state.editing);
  return (
    <>
      {acceptsInput(node.kind) && (
        <Handle
          type="target"
          id="in"
          role="img"
          aria-label={`Into ${node.name}`}
          position={direction === 'lr' ? Position.Left : Position.Top}
          style={placeAt(inputPoint(direction))}
          isConnectable={editing !== null}
        />
      )}
      {ports.map((port) => (
        <Handle
          key={port}
          type="source"
          id={port}
          role="img"
          aria-label={wayOf(node, port)}
          title={portLabel(node, port)}
          position={sideOf(node, port, direction)}
          style={placeAt(outputPoint(node, port, direction))}
          data-port={PORT_LOOKS[port] ?? 'way'}
          data-used={!free.includes(port) || undefined}
          isConnectable={editing !== null}
        />
      ))}
      {editing &&
        ports
          .filter((port) => open.includes(port))
          .map((port) => <Stub key={port} node={node} port={port} editing={editing} />)}
    </>
  );
}

/** Over the border, which counts as the card's outer edge. */
const placeAt = ({ x, y }: Point): CSSProperties => ({ left: x - 1, top: y - 1, right: 'auto', bottom: 'auto' });

const PORT_LOOKS: Readonly<Record<string, string>> = {
  error: 'error',
  timeout: 'timeout',
  handler: 'handler',
  resume: 'resume',
  body: 'body',
};

function wayOf(node: GraphNode, port: string): string {
  const label = portLabel(node, port);
  return label === '' ? `Out of ${node.name}` : `Out of ${node.name}, ${label}`;
}

function Stub({
  node,
  port,
  editing,
}: {
  readonly node: GraphNode;
  readonly port: string;
  readonly editing: CanvasEditing;
}): ReactElement {
  const direction = useCanvas((state) => state.graph.settings.direction);
  const { x, y } = outputPoint(node, port, direction);
  const place =
    sideOf(node, port, direction) === Position.Right ? { left: x + 5, top: y - 12 } : { left: x - 12, top: y + 5 };
  const label = portLabel(node, port);
  return (
    <span className="stub" data-port={PORT_LOOKS[port]} data-down={place.top > y || undefined} style={place}>
      <button
        type="button"
        tabIndex={-1}
        className="plus nodrag nopan"
        aria-label={addLabel(node, port, label)}
        onClick={(event) => {
          event.stopPropagation();
          editing.requestStep({ kind: 'after', from: node.id, port });
        }}
      >
        <Plus size={13} aria-hidden="true" />
      </button>
    </span>
  );
}

function addLabel({ name }: GraphNode, port: string, label: string): string {
  if (port === 'body') return `Add a step in ${name}`;
  if (port === 'handler') return `Add a step for a failure inside ${name}`;
  return `Add a step after ${name}${label ? `, ${label}` : ''}`;
}
