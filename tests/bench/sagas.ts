/** The workflows of the benchmark, drawn as a user draws them; their calls are those of the HTTP connector. */
import type { Graph, GraphNode, RetryPolicy, Undo } from '@sagawright/shared/graph';
import type { JsonObject } from '@sagawright/shared/kernel';
import { workflow } from '@sagawright/shared/testing';
import type { StepSettings, TriggerSource, WorkflowBuilder } from '@sagawright/shared/testing';

export const STEPS_OF_W4 = 20;
/** A delay that a benchmark sees the end of only when it asks for it. */
export const LONG_MS = 86_400_000;

const webhook: TriggerSource = { kind: 'trigger.webhook' };
const orderId = '{{ trigger.data.orderId }}';

/** W1: transform, call, branch, call, transform; 1 KB of order comes in. */
export function orderSaga(stub: string): Graph {
  const path = workflow(webhook).transform('prepare', { orderId, total: '{{ trigger.data.quantity * 2100 }}' });
  const reserved = call(path, 'reserve', stub, { orderId, sku: 'SKU-1' }, { undo: undo('release', stub, { orderId }) });
  const ship = (own: WorkflowBuilder, name: string): WorkflowBuilder =>
    call(own, name, stub, { orderId, total: '{{ steps.prepare.output.total }}' });
  return http(
    reserved
      .branch('size', {
        '{{ steps.prepare.output.total > 100000 }}': (own) => ship(own, 'freight'),
        else: (own) => ship(own, 'ship'),
      })
      .transform('summary', { shipped: orderId, by: '{{ trigger.data.customer.name }}' }),
  );
}

/** W2: the second call fails for the orders that say so, 3 retries, then the first call is undone. */
export function failingSaga(stub: string): Graph {
  const retry: RetryPolicy = {
    maxAttempts: 4,
    initialDelayMs: 10,
    factor: 1,
    maxDelayMs: 10,
    jitter: 'none',
    retryOn: [],
    neverRetryOn: [],
  };
  const first = call(workflow(webhook), 'reserve', stub, { orderId }, { undo: undo('release', stub, { orderId }) });
  const body = { orderId, fail: '{{ trigger.data.fail }}' };
  return http(call(first, 'charge', stub, body, { retry, undo: undo('refund', stub, { orderId }) }));
}

/** W4: nothing but steps, each of them journaled. */
export function stepsSaga(): Graph {
  let path = workflow(webhook);
  for (let n = 0; n < STEPS_OF_W4; n += 1) path = path.transform(`step${n}`, { n });
  return path.graph();
}

/** Stops at a door and goes on at the instant that its order names. */
export function timerSaga(): Graph {
  return workflow(webhook).delay('sleep', '{{ trigger.data.until }}').transform('awake', { orderId }).graph();
}

/** Goes on when its order's event comes. */
export function eventSaga(): Graph {
  const event = { type: 'bench.woken', correlation: { path: 'subject', value: orderId } };
  return workflow(webhook).wait('sleep', event, { timeoutMs: LONG_MS }).transform('awake', { orderId }).graph();
}

/** One of many that an event starts. */
export function followerSaga(type: string): Graph {
  return workflow({ kind: 'trigger.event', event: { type } }).transform('seen', { orderId }).graph();
}

/** A call for each of many items. */
export function loopSaga(stub: string, limit: number, delayMs: number): Graph {
  const body = { orderId: '{{ item }}', ...(delayMs === 0 ? {} : { delayMs }) };
  return http(
    workflow(webhook).forEach('each', '{{ trigger.data.items }}', (own) => call(own, 'pack', stub, body), { limit }),
  );
}

/** Ends as soon as it begins. */
export function emptySaga(): Graph {
  return workflow(webhook).graph();
}

/** The order that comes in, about 1 KB. */
export function order(id: string, more: JsonObject = {}): JsonObject {
  return {
    orderId: id,
    quantity: 2,
    customer: { name: 'Ada Lovelace', email: 'ada@example.com', street: '12 St James Square', city: 'London' },
    note: 'x'.repeat(800),
    ...more,
  };
}

function call(
  path: WorkflowBuilder,
  name: string,
  stub: string,
  body: JsonObject,
  settings: StepSettings = {},
): WorkflowBuilder {
  const input = { method: 'POST', url: `${stub}/${name}`, body };
  return path.step(name, { undo: { kind: 'not-needed', reason: 'Nothing stays.' }, ...settings, input });
}

function undo(name: string, stub: string, body: JsonObject): Undo {
  const input = { method: 'POST', url: `${stub}/${name}`, body };
  return { kind: 'compensation', name, connector: 'http', operation: 'request', input };
}

/** The builder's steps call a test connector; these call the world. */
function http(path: WorkflowBuilder): Graph {
  const graph = path.graph();
  const nodes = Object.values(graph.nodes).map((node): GraphNode =>
    node.kind === 'action' ? { ...node, connector: 'http', operation: 'request' } : node,
  );
  return { ...graph, nodes: Object.fromEntries(nodes.map((node) => [node.id, node])) };
}
