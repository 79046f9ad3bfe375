/** The saga of the storm: two effects beside each other, one of them followed by a wait that parks the run, and one behind both. */
import type { Graph, GraphNode, RetryPolicy } from '@sagawright/shared/graph';
import { compile } from '@sagawright/shared/saga';
import type { SagaDefinition } from '@sagawright/shared/saga';
import { workflow } from '@sagawright/shared/testing';

const ATTEMPT_TIMEOUT_MS = 1500;
/** Long enough to park: another worker may go on with the run (S12). */
const PAUSE_MS = 1200;

const retry = (maxAttempts: number): RetryPolicy => ({
  maxAttempts,
  initialDelayMs: 50,
  factor: 2,
  maxDelayMs: 1000,
  jitter: 'full',
  retryOn: [],
  neverRetryOn: [],
});

const orderId = '{{ trigger.data.orderId }}';
const OPERATIONS = {
  reserve: { input: { orderId, sku: 'SKU-1', quantity: 1 }, undo: 'release' },
  charge: { input: { orderId, amountCents: 4200 }, undo: 'refund' },
  ship: {
    input: { orderId, reservationId: '{{ steps.reserve.output.body.reservationId }}' },
    undo: 'cancel-shipment',
  },
} as const;

export function orderSaga(): SagaDefinition {
  const drawn = workflow()
    .parallel('prepare', [(path) => path.step('reserve'), (path) => path.step('charge').delay('pause', PAUSE_MS)])
    .step('ship')
    .graph();
  const { definition, diagnostics } = compile(inTheShop(drawn));
  if (definition === null) throw new Error(diagnostics.map((each) => each.message).join('\n'));
  return definition;
}

/** The same drawing with the demo shop's operations in place of the builder's. */
function inTheShop(graph: Graph): Graph {
  const nodes = Object.values(graph.nodes).map((node): GraphNode => {
    if (node.kind !== 'action' || !isOperation(node.id)) return node;
    const { input, undo } = OPERATIONS[node.id];
    const shop = { connector: 'demo-shop', attemptTimeoutMs: ATTEMPT_TIMEOUT_MS };
    return {
      ...node,
      ...shop,
      operation: node.id,
      input,
      retry: retry(8),
      undo: {
        ...shop,
        kind: 'compensation',
        name: undo,
        operation: undo,
        input: { orderId: '{{ step.input.orderId }}' },
        retry: retry(100),
      },
    };
  });
  return { ...graph, nodes: Object.fromEntries(nodes.map((node) => [node.id, node])) };
}

function isOperation(id: string): id is keyof typeof OPERATIONS {
  return id in OPERATIONS;
}
