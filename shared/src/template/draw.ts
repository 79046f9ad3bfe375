/** Writing a template's drawing down briefly: steps without places and defaults, lines as `from>to` or `from.port>to`. */
import { connectors } from '../connector/index.js';
import { emptyGraph, nodeSchema, tidy, withEdges, withNodes } from '../graph/index.js';
import type { Graph, RetryPolicy, Undo } from '../graph/index.js';
import type { JsonObject } from '../kernel/index.js';
import type { z } from 'zod';

type Source = z.input<typeof nodeSchema>;
type Unplaced = Source extends infer N ? (N extends Source ? Omit<N, 'position'> : never) : never;

/** Three attempts within a few seconds, so that a person can watch them. */
export const QUICK_RETRY: RetryPolicy = {
  maxAttempts: 3,
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 4000,
  jitter: 'none',
  retryOn: [],
  neverRetryOn: [],
};

export function draw(steps: readonly Unplaced[], lines: readonly string[]): Graph {
  const nodes = steps.map((step) => nodeSchema.parse({ ...step, position: { x: 0, y: 0 } }));
  const edges = lines.map((line, index) => {
    const [source = '', to = ''] = line.split('>');
    const [from = '', port = 'out'] = source.split('.');
    return { id: `line-${index + 1}`, from, port, to };
  });
  return tidy(withEdges(withNodes(emptyGraph(), nodes), edges)).graph;
}

/** An operation of the demo shop with the undo that its connector declares. */
export function shopStep(
  id: string,
  name: string,
  operation: string,
  input: JsonObject,
  retry?: RetryPolicy,
): Unplaced {
  const inverse = connectors['demo-shop']?.operations[operation]?.undo;
  const undo: Undo | undefined = inverse && { kind: 'compensation', connector: 'demo-shop', ...inverse };
  return {
    id,
    name,
    kind: 'action',
    connector: 'demo-shop',
    operation,
    input,
    ...(undo ? { undo } : {}),
    ...(retry ? { retry } : {}),
  };
}
