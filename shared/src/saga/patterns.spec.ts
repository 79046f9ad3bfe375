/**
 * The control-flow workflow patterns (van der Aalst, ter Hofstede, Kiepuszewski, Barros 2003; Russell et al. 2006), each as a
 * saga that runs. What each becomes in the editor, and which are out and why, is told in docs/workflow-patterns.md.
 */
import { describe, expect, it } from '@jest/globals';
import { checkRun } from './check-run.js';
import { compile } from './compile/index.js';
import type { SagaDefinition } from './definition.js';
import { simulate } from './simulate.js';
import type { Script, SimulateOptions, Simulation } from './simulate.js';
import { workflow } from './testing/workflow.js';
import type { Build } from './testing/workflow.js';

const MINUTE = 60_000;

/** A run that keeps every rule, whatever else it shows. */
async function run(
  definition: SagaDefinition,
  script: Script = {},
  options: SimulateOptions = {},
): Promise<Simulation> {
  const simulation = await simulate(definition, script, options);
  expect(checkRun(definition, simulation)).toEqual([]);
  return simulation;
}

/** The same for several orders of events. */
async function runs(
  definition: SagaDefinition,
  script: Script = {},
  options: SimulateOptions = {},
): Promise<Simulation[]> {
  return Promise.all([1, 2, 3, 4, 5, 6].map((seed) => run(definition, script, { ...options, seed })));
}

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

const times = ({ trace }: Simulation, name: string) => trace.succeeded.filter((each) => each === name).length;
const did = ({ trace }: Simulation, names: readonly string[]) => names.filter((name) => trace.succeeded.includes(name));
const at = ({ trace }: Simulation, name: string) => trace.succeeded.indexOf(name);

/** Journal positions between which a step was under way. */
function span({ journal }: Simulation, name: string): readonly [number, number] {
  const of = (type: string) =>
    journal.findIndex((entry) => entry.type === type && 'step' in entry && entry.step === name);
  return [of('step.started'), of('step.succeeded')];
}

const NOT_NEEDED = { kind: 'not-needed', reason: 'Each child looks after itself.' } as const;
const yes = '{{ true }}';
const no = '{{ false }}';

describe('basic control flow', () => {
  it('WCP-1 sequence: one step after another', async () => {
    const { trace } = await run(workflow().step('a').step('b').definition());
    expect(trace.succeeded).toEqual(['a', 'b', 'end']);
  });

  it('WCP-2 parallel split, WCP-3 synchronization: both branches run, and what follows runs once after both', async () => {
    const definition = workflow()
      .parallel('split', [step('a'), step('b')])
      .step('c')
      .definition();
    for (const each of await runs(definition)) {
      expect(times(each, 'c')).toBe(1);
      expect(at(each, 'c')).toBeGreaterThan(Math.max(at(each, 'a'), at(each, 'b')));
    }
  });

  it('WCP-4 exclusive choice, WCP-5 simple merge: one of the branches runs, and what follows runs once', async () => {
    const definition = workflow()
      .branch('choice', { '{{ trigger.data.big }}': step('a'), else: step('b') })
      .step('c')
      .definition();
    expect(did(await run(definition, {}, { data: { big: true } }), ['a', 'b', 'c'])).toEqual(['a', 'c']);
    expect(did(await run(definition, {}, { data: { big: false } }), ['a', 'b', 'c'])).toEqual(['b', 'c']);
  });
});

describe('advanced branching and synchronization', () => {
  const chosen = (a: string, b: string) =>
    workflow()
      .inclusive('choice', { [a]: step('a'), [b]: step('b'), else: step('none') })
      .step('c')
      .definition();

  it('WCP-6 multi-choice, WCP-7 structured synchronizing merge: the chosen branches run, and what follows waits for those', async () => {
    for (const each of await runs(chosen(yes, '{{ 1 = 1 }}'))) {
      expect(did(each, ['a', 'b', 'none'])).toEqual(['a', 'b']);
      expect(at(each, 'c')).toBeGreaterThan(Math.max(at(each, 'a'), at(each, 'b')));
    }
    expect(did(await run(chosen(yes, no)), ['a', 'b', 'none', 'c'])).toEqual(['a', 'c']);
    expect(did(await run(chosen(no, '{{ 1 = 2 }}')), ['a', 'b', 'none', 'c'])).toEqual(['none', 'c']);
  });

  it('WCP-8 multi-merge: what both branches lead to runs once for each', async () => {
    const next: Build = (path) => path.call('next1', { workflow: 'next' });
    const other: Build = (path) => path.call('next2', { workflow: 'next' });
    const definition = workflow()
      .parallel('split', [(path) => next(path.step('a')), (path) => other(path.step('b'))])
      .definition();
    const { ledger } = await run(definition);
    expect(ledger.calls.filter(({ step: name }) => name.startsWith('next'))).toHaveLength(2);
  });

  const joined = (mode: 'any' | 'n-of-m', losers: 'cancel' | 'ignore') =>
    workflow()
      .parallel(
        'split',
        [step('a'), step('b'), (path) => path.delay('pause', MINUTE).step('late')],
        mode === 'any' ? { kind: 'any', losers } : { kind: 'n-of-m', n: 2, losers },
      )
      .step('c')
      .definition();

  it('WCP-9 structured discriminator: what follows begins with the first branch, and only once', async () => {
    for (const each of await runs(joined('any', 'ignore'))) {
      expect(times(each, 'c')).toBe(1);
      expect(did(each, ['a', 'b', 'late'])).toHaveLength(3);
    }
  });

  it('WCP-30 structured partial join: what follows begins with the second branch of three, and only once', async () => {
    for (const each of await runs(joined('n-of-m', 'ignore'))) {
      expect(times(each, 'c')).toBe(1);
      const before = ['a', 'b', 'late'].filter((name) => at(each, name) < at(each, 'c'));
      expect(before.length).toBeGreaterThanOrEqual(2);
      expect(did(each, ['a', 'b', 'late'])).toHaveLength(3);
    }
  });

  it('WCP-29 cancelling discriminator: the first branch stops the others, and their effects are undone', async () => {
    for (const each of await runs(joined('any', 'cancel'))) {
      expect(times(each, 'c')).toBe(1);
      expect(each.state.instances['late']).toBeUndefined();
      const inForce = ['a', 'b'].filter((name) => each.ledger.net[name] === 1);
      expect(inForce).toHaveLength(1);
    }
  });

  it('WCP-32 cancelling partial join: the second branch stops the third', async () => {
    for (const each of await runs(joined('n-of-m', 'cancel'))) {
      expect(['a', 'b', 'late'].filter((name) => each.ledger.net[name] === 1)).toHaveLength(2);
      expect(times(each, 'c')).toBe(1);
    }
  });

  it.each(['any', 'n-of-m'] as const)(
    'WCP-28, WCP-31 blocking discriminator and partial join (%s): the next pass begins when every branch of this one is over',
    async (kind) => {
      const mode = kind === 'any' ? { kind, losers: 'ignore' as const } : { kind, n: 2, losers: 'ignore' as const };
      const definition = workflow()
        .repeat('again', (body) =>
          body
            .parallel('split', [step('a'), step('b'), (path) => path.delay('pause', MINUTE).step('slow')], mode)
            .step('c'),
        )
        .definition();
      for (const each of await runs(definition)) {
        expect(times(each, 'c')).toBe(2);
        expect(each.trace.succeeded.lastIndexOf('a')).toBeGreaterThan(at(each, 'slow'));
      }
    },
  );

  it('WCP-37 local synchronizing merge: a join waits for the branches that can still arrive, unstructured as they are', async () => {
    const definition = workflow()
      .inclusive('choice', {
        [yes]: (path) => path.branch('leave', { '{{ trigger.data }}': (out) => out.end('early'), else: step('a') }),
        '{{ 1 = 1 }}': step('b'),
        else: step('none'),
      })
      .step('c')
      .definition();
    expect(did(await run(definition, {}, { data: true }), ['early', 'a', 'b', 'c'])).toEqual(['early', 'b', 'c']);
    for (const each of await runs(definition, {}, { data: false })) {
      expect(did(each, ['early', 'a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
      expect(at(each, 'c')).toBeGreaterThan(Math.max(at(each, 'a'), at(each, 'b')));
    }
  });

  it('WCP-38 general synchronizing merge: choices within chosen branches are known to the join behind them all', async () => {
    const definition = workflow()
      .inclusive('outer', {
        [yes]: (path) =>
          path.inclusive('inner', { [no]: step('a'), '{{ 1 = 1 }}': step('b'), else: step('d') }).step('e'),
        '{{ 2 = 2 }}': (path) => path.delay('pause', MINUTE).step('f'),
        else: step('none'),
      })
      .step('c')
      .definition();
    for (const each of await runs(definition)) {
      expect(did(each, ['a', 'b', 'd', 'e', 'f', 'none'])).toEqual(['b', 'e', 'f']);
      expect(times(each, 'c')).toBe(1);
      expect(at(each, 'c')).toBeGreaterThan(at(each, 'f'));
    }
  });

  it('WCP-41 thread merge, WCP-42 thread split: one thread becomes as many as the data says, and these one again', async () => {
    const definition = workflow()
      .forEach('each', '{{ trigger.data }}', step('a'), { limit: 10 })
      .step('c')
      .definition();
    for (const each of await runs(definition, {}, { data: [1, 2, 3, 4] })) {
      expect(times(each, 'a')).toBe(4);
      expect(times(each, 'c')).toBe(1);
      expect(at(each, 'c')).toBeGreaterThan(each.trace.succeeded.lastIndexOf('a'));
    }
  });
});

describe('multiple instances', () => {
  it('WCP-12 without synchronization: as many as the data says are started, and the run goes on at once', async () => {
    const definition = workflow()
      .forEach('each', '{{ trigger.data }}', (body) => body.call('startChild', { mode: 'forget', undo: NOT_NEEDED }))
      .step('c')
      .definition();
    const each = await run(definition, { startChild: { child: { afterMs: 60 * MINUTE } } }, { data: [1, 2, 3] });
    expect(times(each, 'startChild')).toBe(3);
    expect(each.state.status).toBe('completed');
  });

  it('WCP-13 with a priori design-time knowledge: three, drawn as such, then on', async () => {
    const definition = workflow().forEach('each', '{{ [1, 2, 3] }}', step('a'), { limit: 3 }).step('c').definition();
    const each = await run(definition);
    expect(times(each, 'a')).toBe(3);
    expect(at(each, 'c')).toBeGreaterThan(each.trace.succeeded.lastIndexOf('a'));
  });

  it('WCP-14 with a priori run-time knowledge: as many as the data says when it comes to it, then on', async () => {
    const definition = workflow()
      .transform('count', { items: '{{ trigger.data.lines }}' })
      .forEach('each', '{{ steps.count.output.items }}', step('a'), { limit: 2 })
      .step('c')
      .definition();
    for (const lines of [[], [1], [1, 2, 3, 4, 5]]) {
      const each = await run(definition, {}, { data: { lines } });
      expect(times(each, 'a')).toBe(lines.length);
      expect(times(each, 'c')).toBe(1);
    }
  });

  const drawn = (losers: 'cancel' | 'ignore') =>
    workflow()
      .parallel('instances', ['a1', 'a2', 'a3'].map(step), { kind: 'n-of-m', n: 2, losers })
      .step('c')
      .definition();

  it('WCP-34 static partial join: two of three instances suffice, the third does not matter any more', async () => {
    for (const each of await runs(drawn('ignore'))) {
      expect(times(each, 'c')).toBe(1);
      expect(did(each, ['a1', 'a2', 'a3'])).toHaveLength(3);
    }
  });

  it('WCP-35 cancelling partial join: two of three instances suffice, the third is stopped and undone', async () => {
    for (const each of await runs(drawn('cancel'))) {
      expect(times(each, 'c')).toBe(1);
      expect(['a1', 'a2', 'a3'].filter((name) => each.ledger.net[name] === 1)).toHaveLength(2);
    }
  });
});

describe('state-based', () => {
  const raced = workflow()
    .race('first', {
      paid: { event: 'paid', then: step('ship') },
      gone: { afterMs: MINUTE, then: step('cancelOrder') },
    })
    .definition();

  it('WCP-16 deferred choice: what happens first decides, not the data', async () => {
    const paid = { first: { events: [{ type: 'paid', from: 'opening', afterMs: 1000 }] } } as const;
    expect(did(await run(raced, paid), ['ship', 'cancelOrder'])).toEqual(['ship']);
    expect(did(await run(raced), ['ship', 'cancelOrder'])).toEqual(['cancelOrder']);
  });

  const alone: Build[] = ['a', 'b', 'c'].map(
    (name) => (path) => path.step(name, { concurrency: { key: 'the one at the desk', limit: 1 } }),
  );

  it('WCP-17 interleaved parallel routing, WCP-40 interleaved routing: every step runs, in any order, never two at a time', async () => {
    const orders = new Set<string>();
    for (const each of await runs(workflow().parallel('split', alone).definition())) {
      const spans = ['a', 'b', 'c'].map((name) => span(each, name)).sort((x, y) => x[0] - y[0]);
      for (const [index, [from]] of spans.entries()) expect(from).toBeGreaterThan(spans[index - 1]?.[1] ?? -1);
      orders.add(
        did(each, ['a', 'b', 'c'])
          .sort((x, y) => at(each, x) - at(each, y))
          .join(),
      );
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it('WCP-39 critical section: two sections of parallel branches never overlap', async () => {
    const section =
      (name: string): Build =>
      (path) =>
        path
          .step(`${name}Before`)
          .step(name, { concurrency: { key: 'ledger', limit: 1 } })
          .step(`${name}After`);
    for (const each of await runs(
      workflow()
        .parallel('split', [section('one'), section('two')])
        .definition(),
    )) {
      const [first, second] = [span(each, 'one'), span(each, 'two')].sort((x, y) => x[0] - y[0]);
      expect(second?.[0]).toBeGreaterThan(first?.[1] ?? Infinity);
    }
  });

  it('WCP-18 milestone: a step can only be done while the milestone holds', async () => {
    const definition = workflow()
      .race('untilShipped', {
        change: { event: 'change wanted', then: step('changeAddress') },
        shipped: { event: 'shipped', then: (path) => path.transform('tooLate', 1) },
      })
      .definition();
    const send = (first: string, second: string) => ({
      untilShipped: {
        events: [
          { type: first, from: 'opening' as const, afterMs: 1000 },
          { type: second, from: 'opening' as const, afterMs: 2000 },
        ],
      },
    });
    expect(times(await run(definition, send('change wanted', 'shipped')), 'changeAddress')).toBe(1);
    expect(times(await run(definition, send('shipped', 'change wanted')), 'changeAddress')).toBe(0);
  });
});

describe('cancellation and forced completion', () => {
  it('WCP-19 cancel task: what a person had to do is withdrawn', async () => {
    const definition = workflow()
      .race('decide', {
        person: { outcomes: ['yes', 'no'], then: step('act') },
        withdrawn: { event: 'withdrawn', then: (path) => path.transform('nothing', 1) },
      })
      .definition();
    const each = await run(definition, { decide: { events: [{ type: 'withdrawn', from: 'opening', afterMs: 1000 }] } });
    expect(each.state.instances['decide']).toMatchObject({ status: 'succeeded', port: 'withdrawn', awaits: [] });
    expect(times(each, 'act')).toBe(0);
  });

  it('WCP-20 cancel case: the run stops, and what it did is undone', async () => {
    const definition = workflow().step('a').delay('pause', MINUTE).step('b').definition();
    const each = await run(definition, {}, { at: { 4: 'cancel' } });
    expect(each.state.status).toBe('cancelled');
    expect(each.ledger.net).toMatchObject({ a: 0 });
    expect(times(each, 'b')).toBe(0);
  });

  it('WCP-25 cancel region: a part is stopped as a whole, and what follows it goes on', async () => {
    const definition = workflow()
      .scope(
        'part',
        (body) => body.parallel('split', [step('a'), (path) => path.delay('long', 60 * MINUTE).step('b')]),
        {
          timeoutMs: MINUTE,
          timeout: (path) => path.transform('givenUp', 1),
        },
      )
      .step('c')
      .definition();
    for (const each of await runs(definition)) {
      expect(did(each, ['a', 'b', 'givenUp', 'c'])).toEqual(['a', 'givenUp', 'c']);
      expect(each.ledger.net).toMatchObject({ 'a@part': 0, c: 1 });
    }
  });

  it('WCP-26 cancel multiple instance activity: all instances are stopped, finished ones are undone', async () => {
    const definition = workflow()
      .forEach(
        'each',
        '{{ [1, 2, 3] }}',
        (body) =>
          body
            .step('a')
            .delay('long', 60 * MINUTE)
            .step('b'),
        {
          limit: 3,
          timeoutMs: MINUTE,
          timeout: (path) => path.transform('givenUp', 1),
        },
      )
      .step('c')
      .definition();
    for (const each of await runs(definition)) {
      expect([times(each, 'a'), times(each, 'b'), times(each, 'c')]).toEqual([3, 0, 1]);
      expect(each.trace.compensated).toEqual(['a', 'a', 'a']);
    }
  });

  it('WCP-27 complete multiple instance activity: what is finished stays, the rest is let be, and the run goes on', async () => {
    const definition = workflow()
      .scope('asFarAsItGets', (body) =>
        body.parallel('split', [
          (path) =>
            path.forEach(
              'each',
              '{{ [1, 2, 3] }}',
              (item) =>
                item
                  .step('a')
                  .delay('long', 60 * MINUTE)
                  .step('b'),
              { limit: 3 },
            ),
          (path) => path.wait('enough', 'enough').terminate('done'),
        ]),
      )
      .step('c')
      .definition();
    const each = await run(definition, { enough: { events: [{ type: 'enough', from: 'opening', afterMs: MINUTE }] } });
    expect([times(each, 'a'), times(each, 'b'), times(each, 'c')]).toEqual([3, 0, 1]);
    expect(each.trace.compensated).toEqual([]);
  });
});

describe('iteration', () => {
  it('WCP-21 structured loop: until a condition holds, tested before or after', async () => {
    const after = workflow().repeat('again', step('a'), { until: '{{ index >= 3 }}' }).definition();
    expect(times(await run(after), 'a')).toBeGreaterThan(1);
    const before = workflow().repeat('again', step('a'), { until: '{{ true }}', test: 'before' }).definition();
    expect(times(await run(before), 'a')).toBe(0);
  });

  it('WCP-22 recursion: a workflow calls itself', async () => {
    const definition = workflow({ kind: 'trigger.called' })
      .branch('deeper', {
        '{{ trigger.data.depth > 0 }}': (path) =>
          path.call('self', { workflow: 'self', input: { depth: '{{ trigger.data.depth - 1 }}' } }),
        else: step('bottom'),
      })
      .definition();
    let depth = 3;
    for (; depth > 0; depth -= 1) {
      const each = await run(definition, {}, { data: { depth } });
      const call = each.journal.find((entry) => entry.type === 'step.started' && entry.step === 'self');
      expect(call).toMatchObject({ input: { depth: depth - 1 } });
    }
    expect(times(await run(definition, {}, { data: { depth } }), 'bottom')).toBe(1);
  });
});

describe('termination', () => {
  it('WCP-11 implicit termination: the run is over when nothing is left to do', async () => {
    const open = workflow()
      .parallel('split', [step('a'), (path) => path.delay('pause', MINUTE).step('b')])
      .definition();
    const each = await run(open);
    expect(each.state.status).toBe('completed');
    expect(did(each, ['a', 'b'])).toEqual(['a', 'b']);
  });

  it('WCP-43 explicit termination: one branch ends the run, and the others stop where they are', async () => {
    const definition = workflow()
      .parallel('split', [
        (path) => path.step('a').terminate('stop', { answer: 42 }),
        (path) => path.delay('long', 60 * MINUTE).step('b'),
        step('c'),
      ])
      .definition();
    for (const each of await runs(definition)) {
      expect(each.state).toMatchObject({ status: 'completed', output: { answer: 42 } });
      expect(times(each, 'b')).toBe(0);
      expect(each.trace.compensated).toEqual([]);
    }
  });
});

describe('triggers from outside', () => {
  const sent = { wait: { events: [{ type: 'go', from: 'start' as const, afterMs: 1000 }] } };
  const waits = (earlyMs: number) =>
    workflow()
      .delay('busy', MINUTE)
      .wait('wait', { type: 'go', earlyMs }, { timeoutMs: MINUTE, timeout: (path) => path.transform('missed', 1) })
      .step('c')
      .definition();

  it('WCP-23 transient trigger: an event that comes while nobody waits is lost to the run', async () => {
    expect(times(await run(waits(0), sent), 'missed')).toBe(1);
  });

  it('WCP-24 persistent trigger: an event that comes before its wait is kept for it (S31)', async () => {
    expect(times(await run(waits(60 * MINUTE), sent), 'missed')).toBe(0);
  });
});

describe('what is out', () => {
  it('WCP-10 arbitrary cycles: a circle of edges is refused, with the way out', () => {
    const graph = workflow().step('a').step('b').graph();
    const { definition, diagnostics } = compile({
      ...graph,
      edges: { ...graph.edges, back: { id: 'back', from: 'b', port: 'out', to: 'a' } },
    });
    expect(definition).toBeNull();
    expect(diagnostics.map(({ id }) => id)).toContain('flow.cycle');
  });
});
