/** The local demo shop: what it can be told and what its ledger says. Served by the demo shop itself and proxied by the backend in local mode. */
import { z } from 'zod';
import { route } from './route.js';

export const DEMO_SHOP_OPERATIONS = ['reserve', 'release', 'charge', 'refund', 'ship', 'cancel-shipment'] as const;

/** `ok`; `refuse` = 422 every time; `fail` = 503 every time; `slow` = answers after `delayMs`; `lose-answer` = does it, then drops the connection. */
export const demoShopBehaviourSchema = z.object({
  mode: z.enum(['ok', 'refuse', 'fail', 'slow', 'lose-answer']),
  delayMs: z.int().min(0).max(60_000).default(3000),
  /** Applies to this many calls, then returns to `ok`; null = until told otherwise. */
  times: z.int().min(1).max(10_000).nullable().default(null),
});
export type DemoShopBehaviour = z.infer<typeof demoShopBehaviourSchema>;

export const demoShopLedgerRowSchema = z.object({
  seq: z.int(),
  at: z.string(),
  operation: z.enum(DEMO_SHOP_OPERATIONS),
  idempotencyKey: z.string(),
  orderId: z.string(),
  /** `applied` once per key; `replayed` when the key was known; `refused`, `failed`; `lost` = applied but not answered. */
  result: z.enum(['applied', 'replayed', 'refused', 'failed', 'lost']),
  /** What it moved: units of stock, cents of money, parcels. Zero unless something was applied. */
  stock: z.int(),
  money: z.int(),
  parcels: z.int(),
});

export const demoShopStateSchema = z.object({
  behaviours: z.record(z.enum(DEMO_SHOP_OPERATIONS), demoShopBehaviourSchema),
  /** Of all calls, or of the order that was asked for. */
  balance: z.object({ stock: z.int(), money: z.int(), parcels: z.int() }),
  calls: z.int(),
  /** Newest first, at most 200. */
  ledger: z.array(demoShopLedgerRowSchema),
});
export type DemoShopState = z.infer<typeof demoShopStateSchema>;

export const demoShopRoutes = {
  getDemoShop: route({
    method: 'GET',
    path: '/demo-shop',
    tag: 'demo',
    summary: 'State and ledger of the local demo shop',
    auth: { kind: 'session', scope: 'runs:read' },
    query: z.object({ orderId: z.string().max(200).optional() }),
    response: demoShopStateSchema,
    errors: ['demo-shop.absent', 'demo-shop.unreachable'],
  }),
  setDemoShopBehaviour: route({
    method: 'PUT',
    path: '/demo-shop/behaviours/:operation',
    tag: 'demo',
    summary: 'Tell the demo shop how to behave',
    auth: { kind: 'session', scope: 'runs:start' },
    params: z.object({ operation: z.enum(DEMO_SHOP_OPERATIONS) }),
    body: demoShopBehaviourSchema,
    response: demoShopStateSchema,
    errors: ['demo-shop.absent', 'demo-shop.unreachable'],
  }),
};
