/** Workflows that use the language beyond plain steps, over the demo shop: what the tests of inbox and run view start. */
import { tidy } from '@sagawright/shared/graph';
import type { Graph, GraphNode, RetryPolicy } from '@sagawright/shared/graph';
import type { JsonObject } from '@sagawright/shared/kernel';
import { connectors } from '@sagawright/shared/connector';
import { workflow } from '@sagawright/shared/testing';
import type { Page } from 'playwright-core';
import { call } from './session.js';

/** What each action step calls; its declared undo comes with it. */
const CALLS: Readonly<Record<string, { readonly operation: string; readonly input: JsonObject }>> = {
  reserve: {
    operation: 'reserve',
    input: { orderId: '{{ item.orderId }}', sku: '{{ item.sku }}', quantity: 1 },
  },
  'reserve-one': {
    operation: 'reserve',
    input: { orderId: '{{ trigger.data.orderId }}', sku: 'SKU-1', quantity: 1 },
  },
  charge: { operation: 'charge', input: { orderId: '{{ trigger.data.orderId }}', amountCents: 4200 } },
  ship: { operation: 'ship', input: { orderId: '{{ trigger.data.orderId }}', reservationId: 'any' } },
};

const NAMES: Readonly<Record<string, string>> = {
  start: 'Order received',
  lines: 'Order lines',
  known: 'Known article?',
  unknown: 'Unknown article',
  reserve: 'Reserve stock',
  'reserve-one': 'Reserve stock',
  pay: 'Payment',
  charge: 'Charge card',
  approve: 'Approve order',
  paid: 'Payment arrived',
  fulfil: 'Fulfilment',
  ship: 'Ship parcel',
  end: 'Done',
};

/** A loop with one bad item, a scope, a person's task with a form, and an event that is waited for. */
export function approvalSaga(): Graph {
  return shopped(
    workflow()
      .forEach(
        'lines',
        '{{ trigger.data.lines }}',
        (line) =>
          line.branch('known', {
            '{{ item.sku = "SKU-0" }}': (path) => path.fail('unknown', 'article.unknown'),
            else: (path) => path.step('reserve', { undo: null }),
          }),
        { limit: 2, onItemFailure: 'collect' },
      )
      .scope('pay', (body) => body.step('charge', { undo: null }))
      .task(
        'approve',
        { approve: (path) => path, reject: (path) => path.fail('rejected', 'order.rejected') },
        {
          commentRequired: ['reject'],
          task: {
            title: 'Approve order {{ trigger.data.orderId }}',
            instructions: 'Look at the customer before you let goods leave the house.',
            dueMs: 3_600_000,
            form: {
              type: 'object',
              required: ['limit', 'risk'],
              properties: {
                limit: { type: 'integer', title: 'Credit limit', description: 'In euros.', minimum: 100 },
                risk: { enum: ['low', 'high'], title: 'Risk' },
                callBy: { type: 'string', format: 'date', title: 'Call the customer by' },
                express: { type: 'boolean', title: 'Send by express' },
              },
            },
          },
        },
      )
      .wait('paid', {
        type: 'payment.received',
        correlation: { path: 'data.orderId', value: '{{ trigger.data.orderId }}' },
      })
      .end('end')
      .graph(),
  );
}

/** Two effects in a scope, the second of which may fail: then the first is undone. */
export function fulfilmentSaga(): Graph {
  return shopped(
    workflow()
      .scope('fulfil', (body) => body.step('reserve-one', { undo: null }).step('ship', { undo: null }))
      .end('end')
      .graph(),
  );
}

/** With the shop's calls, with names as people give them, and laid out. */
function shopped(graph: Graph): Graph {
  const nodes = Object.fromEntries(
    Object.values(graph.nodes).map((node) => [node.id, { ...withCall(node), name: NAMES[node.id] ?? node.name }]),
  );
  return tidy({ ...graph, nodes }).graph;
}

function withCall(node: GraphNode): GraphNode {
  const asked = CALLS[node.id];
  const declared = asked === undefined ? undefined : connectors['demo-shop']?.operations[asked.operation]?.undo;
  if (node.kind !== 'action' || asked === undefined || declared === undefined) return node;
  const { operation, name, input } = declared;
  return {
    ...node,
    connector: 'demo-shop',
    operation: asked.operation,
    input: asked.input,
    retry: QUICK,
    undo: { kind: 'compensation', name, connector: 'demo-shop', operation, input },
  };
}

const QUICK: RetryPolicy = {
  maxAttempts: 2,
  initialDelayMs: 50,
  factor: 1,
  maxDelayMs: 50,
  jitter: 'none',
  retryOn: [],
  neverRetryOn: [],
};

/** @returns its id */
export async function publish(page: Page, name: string, graph: Graph): Promise<string> {
  const made = await call<{ id: string; draft: { revision: number } }>(page, 'POST', '/workflows', { name, graph });
  await call(page, 'POST', `/workflows/${made.id}/publish`, { revision: made.draft.revision, note: '' });
  return made.id;
}

/** @returns the id of the run */
export async function startRun(page: Page, workflow: string, data: JsonObject): Promise<string> {
  const { runId } = await call<{ runId: string }>(page, 'POST', `/workflows/${workflow}/runs`, {
    trigger: 'start',
    data,
  });
  return runId;
}

/** Three articles that the shop knows, and in the third place one that it does not. */
export const LINES = ['SKU-1', 'SKU-1', 'SKU-0', 'SKU-1'].map((sku, place) => ({
  orderId: `line-${String(place + 1)}`,
  sku,
}));
