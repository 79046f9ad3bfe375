import { describe, expect, it } from '@jest/globals';
import { evaluateTemplate } from '../../expression/index.js';
import type { Json } from '../../kernel/index.js';
import type { SagaDefinition } from '../definition.js';
import { simulate, terminal } from '../simulate.js';
import type { Script, SimulateOptions, Simulation } from '../simulate.js';
import { workflow } from '../testing/index.js';
import type { Build } from '../testing/index.js';
import { differences, signature } from './difference.js';
import type { Difference } from './difference.js';
import { Recording } from './recording.js';
import { rerun } from './rerun.js';
import type { Rerun } from './rerun.js';

const compute = {
  evaluate: (template: Json, scope: Readonly<Record<string, unknown>>) => evaluateTemplate(template, scope),
  code: async (_source: string, input: Json) => input,
};

interface Again {
  readonly then: Simulation;
  readonly now: Rerun;
  readonly found: Difference[];
}

/** What came to a run of the old definition comes to one of the new. */
async function again(
  old: SagaDefinition,
  young: SagaDefinition,
  script: Script = {},
  options: SimulateOptions = {},
): Promise<Again> {
  const then = await simulate(old, script, options);
  const [first] = then.journal;
  if (first?.type !== 'run.started') throw new Error('A journal begins with run.started.');
  const start = { ...first, runId: first.runId ?? '' };
  const now = await rerun(young, start, new Recording(then.journal), compute);
  const sides = { then: { definition: old, journal: then.journal }, now: { definition: young, journal: now.journal } };
  return { then, now, found: differences(sides.then, sides.now) };
}

const over =
  (limit: number): Build =>
  (path) =>
    path
      .branch('check', {
        [`{{ trigger.data.amount > ${limit} }}`]: (big) => big.step('approve'),
        else: (small) => small.transform('wave-through', { ok: true }),
      })
      .step('charge', { input: { amount: '{{ trigger.data.amount }}' } });
const order = (limit: number) => over(limit)(workflow()).definition();

describe('the same definition', () => {
  const cases: Record<string, [SagaDefinition, Script, SimulateOptions?]> = {
    'a straight run': [order(10), {}, { data: { amount: 20 } }],
    'one that was retried, and failed': [
      workflow().step('reserve').step('charge').definition(),
      { reserve: { forward: ['busy', 'lost', 'succeed'] }, charge: terminal('card.declined') },
    ],
    'one that waited for an event': [
      workflow().wait('paid', { type: 'order.paid' }).step('ship').definition(),
      { paid: { events: [{ afterMs: 500, from: 'opening', type: 'order.paid', data: { by: 'card' } }] } },
    ],
    'one whose wait ran out': [workflow().wait('paid', { type: 'order.paid' }, { timeoutMs: 1000 }).definition(), {}],
    'one with a task': [
      workflow()
        .task('approve', { yes: (path) => path.step('ship'), no: (path) => path.step('refuse') })
        .definition(),
      { approve: { task: { afterMs: 10, outcome: 'no' } } },
    ],
    'one with a child': [workflow().call('sub').step('after').definition(), { sub: { child: { output: { n: 7 } } } }],
    'one whose child failed': [
      workflow().step('before').call('sub').definition(),
      { sub: { child: { end: 'compensated' } } },
    ],
    'one with a loop': [
      workflow()
        .forEach('lines', '{{ trigger.data.lines }}', (path) => path.step('pick', { input: { line: '{{ item }}' } }), {
          limit: 2,
        })
        .definition(),
      { pick: { forward: 'refuse', onlyAt: 1 } },
      { data: { lines: ['a', 'b', 'c'] } },
    ],
    'one that was cancelled': [
      workflow().step('reserve').delay('pause', 1000).step('charge').definition(),
      {},
      { at: { 4: 'cancel' } },
    ],
    'one that was undone afterwards': [workflow().step('reserve').definition(), {}, { undoFinished: true }],
  };

  it.each(Object.keys(cases))('decides alike about %s', async (name) => {
    const [definition, script, options] = cases[name] ?? [order(1), {}];
    const { found, now, then } = await again(definition, definition, script, options);
    expect(found).toEqual([]);
    expect(now.state.status).toBe(then.state.status);
    expect(now.unanswered).toEqual([]);
    expect(now.assumed).toEqual([]);
  });

  it('gives a person a say where one had it', async () => {
    const definition = workflow().step('charge', { onFailure: 'park' }).definition();
    const onIncident = () => ({ kind: 'done', note: 'by hand' }) as const;
    const { found, now } = await again(definition, definition, { charge: terminal() }, { onIncident });
    expect(now.state.status).toBe('completed');
    expect(found).toEqual([]);
  });
});

describe('a changed definition', () => {
  it('is told by where it parts, and by what it would newly call', async () => {
    const { found, now } = await again(order(10), order(15), {}, { data: { amount: 12 } });
    expect(found).toMatchObject([
      { what: 'way', name: 'check', now: 'else' },
      { what: 'step-added', name: 'wave-through' },
      { what: 'step-removed', name: 'approve' },
    ]);
    expect(now.state.status).toBe('completed');
    expect(signature(found)).toContain('way check');
  });

  it('decides alike where the change does not matter', async () => {
    expect((await again(order(10), order(15), {}, { data: { amount: 20 } })).found).toEqual([]);
    expect((await again(order(10), order(15), {}, { data: { amount: 3 } })).found).toEqual([]);
  });

  it('calls nobody who was not called then, and says that what follows is not known', async () => {
    const { found, now } = await again(order(10), order(1), {}, { data: { amount: 5 } });
    expect(now.unanswered).toEqual(['approve']);
    expect(found).toContainEqual(expect.objectContaining({ what: 'step-added', step: 'approve' }));
    expect(found).toContainEqual(expect.objectContaining({ what: 'run', now: 'not ended' }));
  });

  it('shows the fields of an input that differ, and those only', async () => {
    const charging = (currency: string) =>
      workflow()
        .step('charge', { input: { currency, amount: '{{ trigger.data.amount }}' } })
        .definition();
    const { found } = await again(charging('EUR'), charging('USD'), {}, { data: { amount: 5 } });
    expect(found).toEqual([
      {
        what: 'input',
        instance: 'charge',
        step: 'charge',
        name: 'charge',
        then: { currency: 'EUR' },
        now: { currency: 'USD' },
      },
    ]);
  });

  it('takes an undo that nobody was asked for as done, and says so', async () => {
    const failing = (amount: number) =>
      workflow()
        .step('reserve')
        .branch('check', {
          [`{{ trigger.data.amount > ${amount} }}`]: (path) => path.fail('too-much'),
          else: (path) => path.transform('fine', {}),
        })
        .step('charge')
        .definition();
    const { found, now } = await again(failing(100), failing(1), {}, { data: { amount: 5 } });
    expect(now.state.status).toBe('compensated');
    expect(now.assumed).toEqual(['reserve']);
    expect(found).toContainEqual(expect.objectContaining({ what: 'undo', step: 'reserve', now: 'undone' }));
    expect(found).toContainEqual(expect.objectContaining({ what: 'run', then: 'completed' }));
  });

  it('ends although it goes round for ever', async () => {
    const definition = workflow()
      .repeat('again', (path) => path.transform('turn', {}), { until: '{{ false }}', maxPasses: 100_000 })
      .definition();
    const event = {
      id: 'e',
      source: 's',
      type: 't',
      subject: null,
      time: '2030-01-01T00:00:00Z',
      data: null,
      headers: {},
    };
    const now = await rerun(definition, { trigger: 'start', event, at: 0, runId: 'r' }, null, compute, 200);
    expect(now.state.endedAt).toBeNull();
    expect(now.journal).toHaveLength(200);
  });
});

describe('the signature of differences', () => {
  it('is equal for runs that part alike, whatever their own values are', async () => {
    const one = await again(order(10), order(15), {}, { data: { amount: 12 } });
    const other = await again(order(10), order(15), {}, { data: { amount: 13 } });
    expect(signature(one.found)).toBe(signature(other.found));
  });
});
