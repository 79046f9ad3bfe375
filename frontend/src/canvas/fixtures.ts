/** Small drawings for tests. */
import { emptyGraph, nodeSchema, outputPorts, withEdges, withNodes } from '@sagawright/shared/graph';
import type { Graph, NodeKind } from '@sagawright/shared/graph';

export interface Drawn {
  readonly id: string;
  readonly kind: NodeKind;
  readonly parent?: string;
  readonly position?: { readonly x: number; readonly y: number };
  readonly [field: string]: unknown;
}

/**
 * @param nodes each is called by its id
 * @param lines `from > to` by the main port, or `from.port > to`
 */
export function drawing(nodes: readonly Drawn[], lines: readonly string[]): Graph {
  const parsed = nodes.map((node) => nodeSchema.parse({ name: node.id, position: { x: 0, y: 0 }, ...node }));
  const byId = new Map(parsed.map((node) => [node.id, node]));
  const edges = lines.map((line, index) => {
    const [source = '', to = ''] = line.split(' > ');
    const [from = '', port] = source.split('.');
    const node = byId.get(from);
    return { id: `line-${index}`, from, port: port ?? (node ? (outputPorts(node)[0] ?? '') : ''), to };
  });
  return withEdges(withNodes(emptyGraph(), parsed), edges);
}
