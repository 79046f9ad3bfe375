/** A small run for this room's tests: reserve succeeds, ship fails twice, reserve is undone. */
import type { Entry, SagaDefinition, StepDefinition } from '@sagawright/shared/saga';

const retry = {
  maxAttempts: 2,
  initialDelayMs: 500,
  factor: 2,
  maxDelayMs: 5000,
  jitter: 'none' as const,
  retryOn: [],
  neverRetryOn: [],
};

function action(
  id: string,
  name: string,
  incoming: string,
  outgoing: readonly string[],
  undo: StepDefinition['undo'],
): StepDefinition {
  return {
    id,
    key: id,
    name,
    scope: 'root',
    incoming: [incoming],
    outgoing: { out: outgoing },
    effect: 'keyed',
    undo,
    kind: 'action',
    connector: 'demo-shop',
    operation: id,
    input: {},
    retry,
    attemptTimeoutMs: 1000,
    totalTimeoutMs: null,
    idempotencyKey: null,
    concurrency: null,
    rate: null,
    onFailure: 'fail',
    timeoutEdge: false,
    skipWhen: null,
  };
}

export const definition: SagaDefinition = {
  formatVersion: 2,
  triggers: {
    start: {
      id: 'start',
      kind: 'trigger.manual',
      name: 'Start',
      outgoing: ['a'],
      settings: { kind: 'trigger.manual' },
    },
  },
  steps: {
    reserve: action('reserve', 'Reserve stock', 'a', ['b'], {
      kind: 'compensation',
      name: 'Release stock',
      effect: 'keyed',
      retry,
      attemptTimeoutMs: 1000,
      connector: 'demo-shop',
      operation: 'release',
      input: {},
    }),
    ship: action('ship', 'Ship order', 'b', [], { kind: 'not-needed', reason: 'Nothing was sent.' }),
  },
  transitions: {
    a: { id: 'a', from: 'start', port: 'out', to: 'reserve' },
    b: { id: 'b', from: 'reserve', port: 'out', to: 'ship' },
  },
  scopes: { root: { id: 'root', parent: null, steps: ['reserve', 'ship'], handler: [] } },
  order: ['reserve', 'ship'],
  variables: {},
  deadlineMs: null,
};

const failure = { code: 'http.status.503', kind: 'operational' as const, message: 'The carrier is closed.' };
const of = (step: string, direction: 'forward' | 'undo', attempt: number) => ({
  step,
  path: '',
  generation: 1,
  direction,
  attempt,
});

export const undoneRun: readonly Entry[] = [
  {
    type: 'run.started',
    trigger: 'start',
    event: { id: 'e', source: 's', type: 't', subject: null, time: '2026-01-01T00:00:00Z', data: {}, headers: {} },
    at: 1000,
    seq: 1,
  },
  { type: 'step.started', ...of('reserve', 'forward', 1), key: 'key-reserve', input: { order: 'A' }, at: 1100, seq: 2 },
  {
    type: 'step.succeeded',
    ...of('reserve', 'forward', 1),
    output: { id: 'r1' },
    port: 'out',
    undoInput: { kind: 'value', value: { id: 'r1' } },
    at: 1300,
    seq: 3,
  },
  { type: 'step.started', ...of('ship', 'forward', 1), key: 'key-ship', input: { order: 'A' }, at: 1400, seq: 4 },
  { type: 'step.failed', ...of('ship', 'forward', 1), failure, retryAt: 2000, at: 1500, seq: 5 },
  { type: 'step.started', ...of('ship', 'forward', 2), key: 'key-ship', input: { order: 'A' }, at: 2010, seq: 6 },
  { type: 'step.failed', ...of('ship', 'forward', 2), failure, retryAt: null, at: 2100, seq: 7 },
  { type: 'step.started', ...of('reserve', 'undo', 1), key: 'key-release', input: { id: 'r1' }, at: 2110, seq: 8 },
  { type: 'step.succeeded', ...of('reserve', 'undo', 1), output: {}, port: '', at: 2290, seq: 9 },
  { type: 'run.ended', outcome: 'compensated', output: null, failure, at: 2300, seq: 10 },
];
