/**
 * The sagas of the storm: every mechanism of the language that can lose or double something, dealt out by the seed over a few
 * workflows. Each effect has a name that is unique in its run (`ref/place`), so that the participant's ledger tells exactly
 * what stands of which run.
 */
import type { Graph, GraphNode, RetryPolicy } from '@sagawright/shared/graph';
import type { JsonObject, Random } from '@sagawright/shared/kernel';
import { workflow } from '@sagawright/shared/testing';
import type { Build, StepSettings, WorkflowBuilder } from '@sagawright/shared/testing';
import { between, shuffled } from './random-order.js';

const ATTEMPT_TIMEOUT_MS = 1500;
/** Of ten thousand calls at once some have to stand in line. */
const FAN_TIMEOUT_MS = 20_000;
/** Long enough to park: another worker may go on with the run (S12). */
const PAUSE_MS = 1200;
/** Nothing that is waited for comes as late as that, unless it was lost. */
const WAIT_MS = 120_000;
/** Events that runs publish, each with a subject of its own. */
export const TOLD = 'chaos.told';
/** I13: the till serves so many at a time. */
export const TILL = { key: 'till', limit: 3 } as const;

const retry = (maxAttempts: number): RetryPolicy => ({
  maxAttempts,
  initialDelayMs: 50,
  factor: 2,
  maxDelayMs: 1000,
  jitter: 'full',
  retryOn: [],
  neverRetryOn: [],
});

type Effect = (
  path: WorkflowBuilder,
  name: string,
  more?: StepSettings & { place?: string; calls?: 'back' },
) => WorkflowBuilder;
type Block = (name: string, effect: Effect, child: string) => Build;

/** Each a way through the engine; the name keeps the steps of one workflow apart. */
const BLOCKS: Readonly<Record<string, Block>> = {
  order: (name, effect) => (path) =>
    effect(
      path.parallel(`${name}Fork`, [
        (own) => effect(own, `${name}Reserve`),
        (own) => effect(own, `${name}Charge`).delay(`${name}Pause`, PAUSE_MS),
      ]),
      `${name}Ship`,
    ),
  items: (name, effect) => (path) =>
    path.forEach(
      `${name}Each`,
      '{{ trigger.data.items }}',
      (own) => effect(own, `${name}Item`, { place: `${name}Item-{{ index }}` }),
      { limit: 2, onItemFailure: 'fail' },
    ),
  collected: (name, effect) => (path) =>
    path.forEach(
      `${name}Each`,
      '{{ trigger.data.items }}',
      (own) => effect(own, `${name}Item`, { place: `${name}Item-{{ index }}` }).delay(`${name}Rest`, 100),
      { onItemFailure: 'collect' },
    ),
  passes: (name, effect) => (path) =>
    path.repeat(`${name}Passes`, (own) => effect(own, `${name}Pass`, { place: `${name}Pass-{{ index }}` })),
  confirmed: (name, effect) => (path) =>
    effect(path, `${name}Ask`, { calls: 'back' }).wait(
      `${name}Wait`,
      { type: 'chaos.confirmed', correlation: { path: 'subject', value: `{{ trigger.data.ref }}/${name}Ask` } },
      { timeoutMs: WAIT_MS },
    ),
  race: (name, effect) => (path) =>
    effect(path, `${name}Ask`, { calls: 'back' }).race(`${name}Race`, {
      told: {
        event: {
          type: 'chaos.confirmed',
          correlation: { path: 'subject', value: `{{ trigger.data.ref }}/${name}Ask` },
        },
        then: (own) => effect(own, `${name}Told`),
      },
      late: { afterMs: PAUSE_MS, then: (own) => effect(own, `${name}Late`) },
    }),
  task: (name, effect) => (path) =>
    effect(
      path.task(`${name}Task`, {
        approve: (own) => own,
        reject: (own) => own.fail(`${name}Rejected`, 'task.rejected'),
      }),
      `${name}Book`,
    ),
  call: (name, _, child) => (path) =>
    path.call(`${name}Call`, { workflow: child, input: { ref: `{{ trigger.data.ref }}/${name}` }, retry: retry(50) }),
  handled: (name, effect) => (path) =>
    path.scope(`${name}Scope`, (own) => effect(effect(own, `${name}First`), `${name}Second`), {
      undoAsUnit: true,
      handler: (own) => effect(own, `${name}Instead`),
    }),
  told: (name, effect) => (path) =>
    effect(path, `${name}Before`)
      .emit(`${name}Tell`, {
        event: { type: TOLD, subject: `{{ trigger.data.ref }}/${name}`, data: { ref: '{{ trigger.data.ref }}' } },
        undo: { kind: 'not-needed', reason: 'What was said cannot be unsaid.' },
        retry: retry(50),
      })
      .wait(
        `${name}Heard`,
        { type: TOLD, correlation: { path: 'subject', value: `{{ trigger.data.ref }}/${name}` } },
        { timeoutMs: WAIT_MS },
      ),
  limited: (name, effect) => (path) =>
    effect(path, `${name}Till`, { concurrency: { key: TILL.key, limit: TILL.limit } }).code(
      `${name}Sum`,
      'return { sum: input.items.length };',
      { input: { items: '{{ trigger.data.items }}' } },
    ),
};
export const BLOCK_NAMES = Object.keys(BLOCKS);

export interface SagaPlan {
  readonly name: string;
  readonly graph: Graph;
}

/** @param participant base of its addresses, as workers reach it */
export function childSaga(participant: string): Graph {
  const path = workflow({ kind: 'trigger.called' });
  return inTheWorld(effect(effect(path, 'childFirst').delay('childPause', 300), 'childSecond').graph(), participant);
}

/** How many ways the fan goes at once. */
export const FAN_ITEMS = 10_000;
const FAN_LIMIT = 10_000;

/** One effect for each of many items, all at once; an item that is refused is undone on its own. */
export function fanSaga(participant: string): Graph {
  const path = workflow().forEach(
    'fan',
    '{{ [1..trigger.data.items] }}',
    (own) => effect(own, 'blade', { place: 'blade-{{ index }}', attemptTimeoutMs: FAN_TIMEOUT_MS }),
    { limit: FAN_LIMIT, onItemFailure: 'collect' },
  );
  return inTheWorld(path.graph(), participant);
}

/** Every second by the clock (I9). */
export const TICK_MS = 1000;

export function tickSaga(participant: string): Graph {
  const path = workflow({
    kind: 'trigger.schedule',
    schedule: { kind: 'interval', everyMs: TICK_MS },
    catchUp: 'all',
  });
  const input = { effect: 'tick-{{ trigger.data.scheduledFor }}/tick' };
  return inTheWorld(
    path.step('tick', { retry: retry(200), attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, input }).graph(),
    participant,
  );
}

/** Every block lies in one of the workflows; how they are dealt is for the seed to say. */
export function sagaPlans(random: Random, child: string, participant: string): SagaPlan[] {
  const deck = shuffled([...BLOCK_NAMES, ...BLOCK_NAMES], random);
  const plans: SagaPlan[] = [];
  while (deck.length > 0) {
    const hand = deck.splice(0, between(2, 5, random));
    const start = workflow();
    const path = hand.reduce((sofar, block, index) => {
      const build = BLOCKS[block]?.(`${block}${index}`, effect, child);
      return build === undefined ? sofar : build(sofar);
    }, start);
    // S23: what follows the last effect of every second workflow can be undone no more.
    const last = plans.length % 2 === 0 ? path : effect(path, 'handOver', { undo: 'pivot' });
    plans.push({ name: hand.join(', '), graph: inTheWorld(last.graph(), participant) });
  }
  return plans;
}

/** What starts a run: its name in the ledger, and some items. */
export function runData(ref: string, random: Random): JsonObject {
  return { ref, items: Array.from({ length: between(0, 4, random) }, (_, index) => `item-${index}`) };
}

const effect: Effect = (path, name, { place = name, calls, undo, ...settings } = {}) =>
  path.step(name, {
    retry: retry(8),
    attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
    input: { effect: `{{ trigger.data.ref }}/${place}`, ...(calls ? { calls } : {}) },
    ...(undo === undefined ? {} : { undo }),
    ...settings,
  });

/** The same drawing with calls of the participant in place of the builder's. */
function inTheWorld(graph: Graph, participant: string): Graph {
  const nodes = Object.values(graph.nodes).map((node): GraphNode => {
    if (node.kind !== 'action') return node;
    const request = (path: string, body: JsonObject): { connector: string; operation: string; input: JsonObject } => ({
      connector: 'http',
      operation: 'request',
      input: { method: 'POST', url: `${participant}/${path}`, body },
    });
    const pivot = node.undo?.kind === 'pivot';
    return {
      ...node,
      ...request('do', node.input),
      ...(pivot
        ? { retry: retry(200) }
        : {
            undo: {
              ...request('undo', { effect: '{{ step.input.body.effect }}' }),
              kind: 'compensation',
              name: `Undo ${node.name}`,
              attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
              retry: retry(300),
            },
          }),
    };
  });
  return { ...graph, nodes: Object.fromEntries(nodes.map((node) => [node.id, node])) };
}
