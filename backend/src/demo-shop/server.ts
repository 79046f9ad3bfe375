/** The demo shop's HTTP face. It trusts whoever reaches it, so it is bound to the loopback address. */
import { setTimeout as delay } from 'node:timers/promises';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { DEMO_SHOP_OPERATIONS, demoShopRoutes } from '@sagawright/shared/contracts';
import { z } from 'zod';
import { openLedgerFile } from './ledger-file.js';
import { openShop } from './shop.js';

const id = z.string().min(1).max(200);
const callSchema = z.object({
  orderId: id,
  sku: id.optional(),
  quantity: z.int().min(1).max(1_000_000).default(1),
  amountCents: z.int().min(0).max(1_000_000_000).default(0),
  reservationId: id.nullish(),
  chargeId: id.nullish(),
  shipmentId: id.nullish(),
});
const headersSchema = z.object({ 'idempotency-key': z.string().min(1).max(500) });
const UNDONE_BY = { release: 'reservationId', refund: 'chargeId', 'cancel-shipment': 'shipmentId' } as const;
const NEEDS = { reserve: ['sku', 'quantity'], charge: ['amountCents'] } as Readonly<Record<string, readonly string[]>>;

/** @param ledgerFile made when missing, continued when there */
export function demoShopServer(ledgerFile: string): FastifyInstance {
  const ledger = openLedgerFile(ledgerFile);
  const shop = openShop(ledger.rows, ledger.append);
  const app = fastify({ bodyLimit: 64 * 1024, forceCloseConnections: true });
  app.addHook('onClose', async () => ledger.close());

  for (const operation of DEMO_SHOP_OPERATIONS) {
    app.post(`/${operation}`, async (request, reply) => {
      const headers = headersSchema.safeParse(request.headers);
      if (!headers.success)
        return reply.code(400).send({ code: 'idempotency.missing', message: 'Send an Idempotency-Key header.' });
      const read = callSchema.safeParse(request.body);
      const sent = request.body as Readonly<Record<string, unknown>>;
      const missing = read.success ? (NEEDS[operation] ?? []).filter((name) => sent[name] === undefined) : [];
      if (!read.success || missing.length > 0) {
        const what = read.success
          ? missing.join(', ')
          : read.error.issues.map((issue) => issue.path.join('.')).join(', ');
        return reply.code(422).send({ code: 'request.invalid', message: `Check these fields: ${what}.` });
      }
      const { orderId, quantity, amountCents } = read.data;
      const answer = shop.call(operation, {
        idempotencyKey: headers.data['idempotency-key'],
        orderId,
        quantity,
        amountCents,
        reference: operation in UNDONE_BY ? (read.data[UNDONE_BY[operation as keyof typeof UNDONE_BY]] ?? null) : null,
        body: JSON.stringify(request.body),
      });
      // The ledger is written before the answer goes out, so that an answer never names what a restart would not know.
      ledger.flush();
      if (answer.drop) {
        reply.hijack();
        request.raw.socket.destroy();
        return reply;
      }
      if (answer.delayMs > 0) await delay(answer.delayMs);
      if (answer.replayed) reply.header('idempotency-replayed', 'true');
      return reply.code(answer.status).send(answer.body);
    });
  }

  app.get(demoShopRoutes.getDemoShop.path, async (request, reply) => {
    const query = demoShopRoutes.getDemoShop.query.safeParse(request.query);
    if (!query.success) return reply.code(400).send({ code: 'request.invalid', message: 'Check the query.' });
    return shop.state(query.data.orderId);
  });
  app.put(demoShopRoutes.setDemoShopBehaviour.path, async (request, reply) => {
    const params = demoShopRoutes.setDemoShopBehaviour.params.safeParse(request.params);
    const body = demoShopRoutes.setDemoShopBehaviour.body.safeParse(request.body);
    if (!params.success || !body.success)
      return reply.code(422).send({ code: 'request.invalid', message: 'Check operation, mode, delayMs and times.' });
    shop.setBehaviour(params.data.operation, body.data);
    return shop.state();
  });
  return app;
}
