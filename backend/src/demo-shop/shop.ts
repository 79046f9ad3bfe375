/**
 * What the demo shop knows and does. Every call is one row of its append-only ledger; its state is that ledger, read again
 * at the start.
 *
 * Promises: 1. one idempotency key is applied once: the same body gets the same answer again, another body a conflict;
 * 2. undoing what never happened, or happened already to be undone, is accepted and moves nothing (S14); 3. a call that comes
 * late, after its undo found nothing, is refused, so that nothing stays behind; 4. no order is handled twice at once: everything
 * happens in one synchronous step.
 */
import { createHash, randomUUID } from 'node:crypto';
import { DEMO_SHOP_OPERATIONS } from '@sagawright/shared/contracts';
import type { DemoShopBehaviour, DemoShopState } from '@sagawright/shared/contracts';

export type ShopOperation = (typeof DEMO_SHOP_OPERATIONS)[number];
export type LedgerRow = DemoShopState['ledger'][number];

export interface ShopCall {
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly quantity: number;
  readonly amountCents: number;
  /** The reservation, charge or shipment to undo; null = whatever the order has. */
  readonly reference: string | null;
  readonly body: string;
}

export interface ShopAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
  readonly replayed: boolean;
  readonly delayMs: number;
  readonly drop: boolean;
}

/** A ledger row with what is needed to rebuild the state: kept in the file, not shown. */
export interface StoredRow extends LedgerRow {
  readonly digest: string;
  readonly reference: string | null;
  readonly answer: Readonly<Record<string, string>>;
}

export interface Shop {
  call(operation: ShopOperation, call: ShopCall): ShopAnswer;
  setBehaviour(operation: ShopOperation, behaviour: DemoShopBehaviour): void;
  state(orderId?: string): DemoShopState;
}

interface Effect {
  readonly operation: ShopOperation;
  readonly reference: string;
  readonly stock: number;
  readonly money: number;
  readonly parcels: number;
}

const UNDOES: Partial<Record<ShopOperation, { readonly what: ShopOperation; readonly word: string }>> = {
  release: { what: 'reserve', word: 'released' },
  refund: { what: 'charge', word: 'refunded' },
  'cancel-shipment': { what: 'ship', word: 'cancelled' },
};
const NAMES: Partial<Record<ShopOperation, { readonly field: string; readonly prefix: string }>> = {
  reserve: { field: 'reservationId', prefix: 'res' },
  charge: { field: 'chargeId', prefix: 'ch' },
  ship: { field: 'shipmentId', prefix: 'shp' },
};
const REFUSALS: Record<ShopOperation, string> = {
  reserve: 'The article is sold out.',
  release: 'The warehouse refuses to release.',
  charge: 'The card was declined.',
  refund: 'The bank refuses the refund.',
  ship: 'The carrier refuses the parcel.',
  'cancel-shipment': 'The parcel is already on its way.',
};
const SHOWN_ROWS = 200;
const OK: DemoShopBehaviour = { mode: 'ok', delayMs: 0, times: null };

/** @param append takes each new row, in order */
export function openShop(
  earlier: Iterable<StoredRow>,
  append: (row: StoredRow) => void,
  now: () => Date = () => new Date(),
): Shop {
  const known = new Map<string, { digest: string; answer: Readonly<Record<string, string>> }>();
  const standing = new Map<string, Effect[]>();
  const undoneEarly = new Set<string>();
  const rowsOfOrder = new Map<string, LedgerRow[]>();
  const recent: LedgerRow[] = [];
  const balance = { stock: 0, money: 0, parcels: 0 };
  const behaviours = Object.fromEntries(DEMO_SHOP_OPERATIONS.map((operation) => [operation, OK])) as Record<
    ShopOperation,
    DemoShopBehaviour
  >;
  let calls = 0;

  const take = (row: StoredRow): void => {
    const { digest, reference, answer, ...shown } = row;
    calls += 1;
    recent.push(shown);
    if (recent.length > 2 * SHOWN_ROWS) recent.splice(0, SHOWN_ROWS);
    const ofOrder = rowsOfOrder.get(row.orderId);
    if (ofOrder) ofOrder.push(shown);
    else rowsOfOrder.set(row.orderId, [shown]);
    if (row.result !== 'applied' && row.result !== 'lost') return;
    known.set(keyOf(row.operation, row.idempotencyKey), { digest, answer });
    balance.stock += row.stock;
    balance.money += row.money;
    balance.parcels += row.parcels;
    const effects = standing.get(row.orderId) ?? [];
    const undoes = UNDOES[row.operation];
    if (!undoes && reference !== null) {
      standing.set(row.orderId, [
        ...effects,
        { operation: row.operation, reference, stock: row.stock, money: row.money, parcels: row.parcels },
      ]);
    } else if (undoes && answer['result'] === 'nothing-to-undo') {
      const everDone = rowsOfOrder
        .get(row.orderId)
        ?.some((other) => other.operation === undoes.what && (other.result === 'applied' || other.result === 'lost'));
      if (reference === null && !everDone) undoneEarly.add(`${undoes.what} ${row.orderId}`);
    } else if (undoes) {
      standing.set(
        row.orderId,
        effects.filter(
          (effect) => !(effect.operation === undoes.what && (reference === null || effect.reference === reference)),
        ),
      );
    }
  };
  for (const row of earlier) take(row);

  const record = (
    operation: ShopOperation,
    call: ShopCall,
    result: LedgerRow['result'],
    moved: { stock: number; money: number; parcels: number },
    reference: string | null,
    answer: Readonly<Record<string, string>>,
  ): void => {
    const row: StoredRow = {
      seq: calls + 1,
      at: now().toISOString(),
      operation,
      idempotencyKey: call.idempotencyKey,
      orderId: call.orderId,
      result,
      ...moved,
      digest: digestOf(call.body),
      reference,
      answer,
    };
    take(row);
    append(row);
  };

  const behave = (operation: ShopOperation): DemoShopBehaviour => {
    const behaviour = behaviours[operation];
    if (behaviour.times !== null)
      behaviours[operation] = behaviour.times > 1 ? { ...behaviour, times: behaviour.times - 1 } : OK;
    return behaviour;
  };

  const call = (operation: ShopOperation, asked: ShopCall): ShopAnswer => {
    const behaviour = behave(operation);
    const delayMs = behaviour.mode === 'slow' ? behaviour.delayMs : 0;
    const drop = behaviour.mode === 'lose-answer';
    const refuse = (
      status: number,
      result: LedgerRow['result'],
      body: Readonly<Record<string, string>>,
    ): ShopAnswer => {
      record(operation, asked, result, NOTHING, null, body);
      return { status, body, replayed: false, delayMs: 0, drop: false };
    };

    const before = known.get(keyOf(operation, asked.idempotencyKey));
    if (before && before.digest !== digestOf(asked.body)) {
      return refuse(409, 'refused', {
        code: 'idempotency.conflict',
        message: 'This idempotency key was used with another body.',
      });
    }
    if (behaviour.mode === 'fail')
      return refuse(503, 'failed', { code: 'shop.unavailable', message: 'The shop is not available right now.' });
    if (before) {
      record(operation, asked, 'replayed', NOTHING, null, before.answer);
      return { status: 200, body: before.answer, replayed: true, delayMs, drop };
    }
    if (behaviour.mode === 'refuse')
      return refuse(422, 'refused', { code: `${operation}.refused`, message: REFUSALS[operation] });

    const result = drop ? 'lost' : 'applied';
    const undoes = UNDOES[operation];
    if (undoes) {
      const targets = (standing.get(asked.orderId) ?? []).filter(
        (effect) =>
          effect.operation === undoes.what && (asked.reference === null || effect.reference === asked.reference),
      );
      const answer = { result: targets.length > 0 ? undoes.word : 'nothing-to-undo' };
      record(operation, asked, result, reverseOf(targets), asked.reference, answer);
      return { status: 200, body: answer, replayed: false, delayMs, drop };
    }
    if (undoneEarly.has(`${operation} ${asked.orderId}`)) {
      return refuse(410, 'refused', {
        code: 'order.undone',
        message: 'This was undone before it arrived, so it is not done any more.',
      });
    }
    const name = NAMES[operation] ?? { field: 'id', prefix: 'id' };
    const reference = `${name.prefix}_${randomUUID().slice(0, 13)}`;
    const answer = { [name.field]: reference };
    record(operation, asked, result, effectOf(operation, asked), reference, answer);
    return { status: 200, body: answer, replayed: false, delayMs, drop };
  };

  return {
    call,
    setBehaviour: (operation, behaviour) => {
      behaviours[operation] = behaviour;
    },
    state: (orderId) => {
      const rows = orderId === undefined ? recent : (rowsOfOrder.get(orderId) ?? []);
      return {
        behaviours: { ...behaviours },
        balance: orderId === undefined ? { ...balance } : sumOf(rows),
        calls,
        ledger: rows.slice(-SHOWN_ROWS).reverse(),
      };
    },
  };
}

const NOTHING = { stock: 0, money: 0, parcels: 0 };

function sumOf(rows: readonly (typeof NOTHING)[]): typeof NOTHING {
  return rows.reduce(
    (sum, row) => ({
      stock: sum.stock + row.stock,
      money: sum.money + row.money,
      parcels: sum.parcels + row.parcels,
    }),
    NOTHING,
  );
}

function effectOf(operation: ShopOperation, call: ShopCall): typeof NOTHING {
  if (operation === 'reserve') return { ...NOTHING, stock: -call.quantity };
  if (operation === 'charge') return { ...NOTHING, money: call.amountCents };
  return { ...NOTHING, parcels: 1 };
}

function reverseOf(effects: readonly Effect[]): typeof NOTHING {
  return effects.reduce(
    (sum, effect) => ({
      stock: sum.stock - effect.stock,
      money: sum.money - effect.money,
      parcels: sum.parcels - effect.parcels,
    }),
    NOTHING,
  );
}

function keyOf(operation: ShopOperation, idempotencyKey: string): string {
  return `${operation} ${idempotencyKey}`;
}

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}
