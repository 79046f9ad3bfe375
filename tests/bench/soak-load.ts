/** The mixed load of a soak, at a constant and modest rate: orders, failing orders, timers, events, cancels, loops. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Graph } from '@sagawright/shared/graph';
import type { PublishedWorkflow } from '@sagawright/shared/testing';
import type { Bench } from './bench.js';
import { eventSaga, failingSaga, loopSaga, orderSaga, timerSaga } from './sagas.js';
import { deliver } from './webhook-load.js';

/** What begins in each second. */
export const PER_SECOND = { orders: 8, failing: 2, timers: 3, events: 3, cancels: 1 } as const;
const LOOP_EVERY_S = 10;
const LOOP_ITEMS = 100;
const LOOP_LIMIT = 10;
/** Waits end after so many seconds at most. */
const WAIT_S = 10;

export interface SoakLoad {
  readonly workflows: readonly PublishedWorkflow[];
  /** Runs that were asked for. */
  readonly started: () => number;
  /** Seconds in which a door refused something or did not answer, and the runs of that second may be missing. */
  readonly troubles: () => number;
  /** Until the time is over. */
  run(forMs: number): Promise<void>;
}

export async function soakLoad(bench: Bench): Promise<SoakLoad> {
  const publish = async (name: string, graph: Graph) => {
    const workflow = await bench.publish(`Soak: ${name}`, graph);
    return { workflow, sign: await bench.address(workflow) };
  };
  const orders = await publish('orders', orderSaga(bench.stubUrl));
  const failing = await publish('failing orders', failingSaga(bench.stubUrl));
  const timers = await publish('timers', timerSaga());
  const events = await publish('events', eventSaga());
  const cancels = await bench.publish('Soak: cancels', timerSaga());
  const loops = await publish('loops', loopSaga(bench.stubUrl, LOOP_LIMIT, 5));
  let started = 0;
  let troubles = 0;

  const send = async (to: typeof orders, count: number, more?: (n: number) => Record<string, string | boolean>) => {
    const made = bench.makeOrders(count, more);
    started += count;
    await deliver(bench.stage.backendUrl, await to.sign(made));
    return made;
  };
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

  const aSecond = async (second: number): Promise<void> => {
    await send(orders, PER_SECOND.orders);
    await send(failing, PER_SECOND.failing, (n) => ({ fail: (second + n) % 5 === 0 }));
    await send(timers, PER_SECOND.timers, (n) => ({ until: inSeconds(2 + ((second + n) % WAIT_S)) }));
    if (second % LOOP_EVERY_S === 0) {
      const items = Array.from({ length: LOOP_ITEMS }, () => bench.nextOrder());
      started += 1;
      await deliver(bench.stage.backendUrl, await loops.sign([{ orderId: bench.nextOrder(), items }]));
    }
    const waiting = await send(events, PER_SECOND.events);
    await Promise.all([
      cancelOne(),
      ...waiting.map(({ orderId }, n) => tellLater(String(orderId), 1 + ((second + n) % WAIT_S))),
    ]);
  };
  const cancelOne = async (): Promise<void> => {
    started += 1;
    const { runId } = await bench.door.start(cancels.workflowId, bench.nextOrder(), {
      until: inSeconds(3600),
      orderId: 'none',
    });
    await delay(1000);
    await bench.door.insist('POST', `/runs/${runId}/cancel`, { reason: 'soak' });
  };
  const tellLater = async (subject: string, seconds: number): Promise<void> => {
    await delay(seconds * 1000);
    const { status } = await bench.door.insist('POST', '/events', { type: 'bench.woken', subject, data: {} });
    if (status !== 202) throw new Error(`An event was answered with ${status}.`);
  };

  return {
    workflows: [orders.workflow, failing.workflow, timers.workflow, events.workflow, cancels, loops.workflow],
    started: () => started,
    troubles: () => troubles,
    run: async (forMs) => {
      const began = performance.now();
      const underWay: Promise<void>[] = [];
      for (let second = 0; second * 1000 < forMs; second += 1) {
        const dueMs = began + second * 1000 - performance.now();
        if (dueMs > 0) await delay(dueMs);
        underWay.push(
          aSecond(second).catch((error: unknown) => {
            troubles += 1;
            console.error(`bench: soak: ${error instanceof Error ? error.message : String(error)}`);
          }),
        );
      }
      await Promise.all(underWay);
    },
  };
}
