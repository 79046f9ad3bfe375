/**
 * Templates of the kind that steps carry, filled by the fast path and by the reference evaluator in turn (A B A B), both in
 * this process, and what passing one to an evaluator process costs.
 */
import { compileTemplate, evaluateReference, NOT_FAST, toPlainJson } from '@sagawright/shared/expression';
import { expressionEngine } from '@sagawright/shared/server';
import { median } from './timed.js';

const SOURCES = [
  'trigger.data.orderId',
  'steps.charge.output.body.chargeId',
  'trigger.data.quantity * trigger.data.priceCents',
  'steps.charge.output.amountCents < 10000',
  'steps.charge.status = "succeeded" ? steps.charge.output.body.chargeId : "none"',
  'trigger.data.email ?? "nobody@example.com"',
  'trigger.data.items[qty > 1].sku',
  '$sum(trigger.data.items.(price * qty))',
  '{"order": trigger.data.orderId, "lines": $count(trigger.data.items), "skus": trigger.data.items.sku}',
  '"Order " & trigger.data.orderId & " of " & $uppercase(trigger.data.customer.name)',
];

/** Evaluations of each source in one timing. */
const FAST_REPEATS = 5000;
const REFERENCE_REPEATS = 200;
const APART_REPEATS = 200;

function scope(): Record<string, unknown> {
  const items = Array.from({ length: 10 }, (_, n) => ({ sku: `SKU-${n}`, qty: n % 3, price: 100 + n }));
  const customer = { name: 'Ada', id: 'c-1' };
  return {
    trigger: { data: { orderId: 'o-1', quantity: 2, priceCents: 2100, items, customer }, headers: {}, id: 'e-1' },
    steps: { charge: { output: { body: { chargeId: 'ch_1' }, amountCents: 4200 }, status: 'succeeded', error: null } },
    run: { id: 'r-1' },
  };
}

/** @returns the closing figure; prints the microseconds per expression of every round */
export async function benchExpressions(rounds: number): Promise<string> {
  const count = Math.max(3, rounds);
  const templates = SOURCES.map((source) => compileTemplate(`{{ ${source} }}`));
  const fast: number[] = [];
  const reference: number[] = [];
  // The first round pays for the warm-up.
  for (let round = -1; round < count; round += 1) {
    const quick = await microseconds(FAST_REPEATS, () => {
      const values = scope();
      for (const template of templates) if (template.evaluateNow(values) === NOT_FAST) throw new Error('Not fast.');
    });
    const slow = await microseconds(REFERENCE_REPEATS, async () => {
      const values = scope();
      for (const source of SOURCES) toPlainJson(await evaluateReference(source, values));
    });
    if (round < 0) continue;
    fast.push(quick / SOURCES.length);
    reference.push(slow / SOURCES.length);
  }
  const apart = await microsecondsApart(count);
  console.log(
    `bench: expressions µs each: fast path ${shown(fast)}, reference ${shown(reference)}, reference in a process of its own ${shown(apart)}`,
  );
  return `expressions ratio=${Math.round(median(reference) / median(fast))} fast µs=${median(fast).toFixed(2)}`;
}

/** A template that the fast path does not know, through the engine, one after the other. */
async function microsecondsApart(rounds: number): Promise<number[]> {
  const engine = expressionEngine({ processes: 1 });
  const template = '{{ $map(trigger.data.items, function($item){ $item.sku }) }}';
  const times: number[] = [];
  try {
    for (let round = -1; round < rounds; round += 1) {
      const time = await microseconds(APART_REPEATS, async () => {
        await engine.evaluate(template, scope());
      });
      if (round >= 0) times.push(time);
    }
  } finally {
    engine.close();
  }
  return times;
}

async function microseconds(repeats: number, once: () => void | Promise<void>): Promise<number> {
  const began = performance.now();
  for (let n = 0; n < repeats; n += 1) {
    const waited = once();
    if (waited !== undefined) await waited;
  }
  return ((performance.now() - began) * 1000) / repeats;
}

function shown(times: readonly number[]): string {
  return times.map((time) => time.toFixed(time < 10 ? 2 : 0)).join(' ');
}
