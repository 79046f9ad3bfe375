/** Bodies inside bodies: how failures go outwards, what is undone and in which order (S13-S18, S23-S26). */
import { describe, expect, it } from '@jest/globals';
import { checkRun } from './check-run.js';
import type { SagaDefinition } from './definition.js';
import { undoPlan } from './undo-plan.js';
import { undoPreview } from './undo-preview.js';
import { simulate, terminal } from './simulate.js';
import type { Script, SimulateOptions, Simulation } from './simulate.js';
import { workflow } from './testing/workflow.js';
import type { Build } from './testing/workflow.js';

async function run(
  definition: SagaDefinition,
  script: Script = {},
  options: SimulateOptions = {},
): Promise<Simulation> {
  const simulation = await simulate(definition, script, options);
  expect(checkRun(definition, simulation)).toEqual([]);
  return simulation;
}

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

/** Instances whose undo was done, in the order in which it was. */
const undone = ({ journal }: Simulation) =>
  journal.flatMap((entry) =>
    entry.type === 'step.succeeded' && entry.direction === 'undo'
      ? [entry.path === '' ? entry.step : `${entry.step}@${entry.path}`]
      : [],
  );
const did = ({ trace }: Simulation, names: readonly string[]) => names.filter((name) => trace.succeeded.includes(name));

describe('a scope that fails', () => {
  const inner: Build = (path) => path.step('a').step('b').step('broken');

  it('is undone before the failure is raised around it, which is then undone too (S13)', async () => {
    const definition = workflow().step('before').scope('part', inner).step('after').definition();
    const each = await run(definition, { broken: terminal() });
    expect(each.state.status).toBe('compensated');
    expect(undone(each)).toEqual(['b@part', 'a@part', 'before']);
  });

  it('leaves by its error edge with nothing of it in force, and what came before stays (S13)', async () => {
    const definition = workflow()
      .step('before')
      .scope('part', inner, { error: step('instead') })
      .step('after')
      .definition();
    const each = await run(definition, { broken: terminal() });
    expect(each.state.status).toBe('completed');
    expect(undone(each)).toEqual(['b@part', 'a@part']);
    expect(each.ledger.net).toMatchObject({ before: 1, 'a@part': 0, 'b@part': 0, instead: 1, after: 1 });
  });

  it('is handled inside first: what was done stays, and the scope succeeds (S13)', async () => {
    const definition = workflow()
      .scope('part', inner, { handler: (path) => path.step('mend', { input: { why: '{{ error.code }}' } }) })
      .step('after')
      .definition();
    const each = await run(definition, { broken: terminal('sold-out') });
    expect(each.state.status).toBe('completed');
    expect(undone(each)).toEqual([]);
    expect(each.journal).toContainEqual(expect.objectContaining({ step: 'mend', input: { why: 'sold-out' } }));
  });

  it('that is undone as a unit is undone before its handler runs', async () => {
    const definition = workflow()
      .scope('part', inner, { undoAsUnit: true, handler: step('mend') })
      .definition();
    const each = await run(definition, { broken: terminal() });
    expect(each.state.status).toBe('completed');
    expect(undone(each)).toEqual(['b@part', 'a@part']);
    expect(did(each, ['mend'])).toEqual(['mend']);
  });

  it('fails when its handler fails, and what the handler did is undone first (S13, S16)', async () => {
    const definition = workflow()
      .scope('part', inner, { handler: (path) => path.step('mend').step('mendMore') })
      .definition();
    const each = await run(definition, { broken: terminal(), mendMore: terminal() });
    expect(each.state.status).toBe('compensated');
    expect(undone(each)).toEqual(['mend@part', 'b@part', 'a@part']);
  });

  it('waits for what is in flight in its other branches before anything is undone (S15)', async () => {
    const definition = workflow()
      .scope('part', (path) =>
        path.parallel('split', [step('a'), step('broken'), (p) => p.delay('long', 9e6).step('b')]),
      )
      .definition();
    for (const seed of [1, 2, 3, 4, 5]) {
      const each = await run(definition, { broken: terminal() }, { seed });
      expect(each.state.status).toMatch(/compensated|failed/);
      expect(Object.values(each.ledger.net).every((net) => net === 0)).toBe(true);
    }
  });

  it('stops for its timeout like for a failure, which leaves by the timeout edge (S10)', async () => {
    const definition = workflow()
      .scope('part', (path) => path.step('a').delay('long', 9e6).step('b'), {
        timeoutMs: 60_000,
        timeout: step('late'),
      })
      .definition();
    const each = await run(definition);
    expect(each.state.status).toBe('completed');
    expect(each.state.instances['part']).toMatchObject({
      status: 'failed',
      port: 'timeout',
      failure: { code: 'timeout.scope' },
    });
    expect(undone(each)).toEqual(['a@part']);
  });

  it('that has succeeded is undone by its own compensation instead of those inside (S18)', async () => {
    const own = { kind: 'compensation', name: 'undo all', connector: 'test', operation: 'undo', input: {} } as const;
    const definition = workflow()
      .step('before')
      .scope('part', (path) => path.step('a').step('b'), { undo: own })
      .step('broken')
      .definition();
    const each = await run(definition, { broken: terminal() });
    expect(undone(each)).toEqual(['part', 'before']);
  });

  it('can be cancelled from within a nest of bodies, and everything comes to rest (S25)', async () => {
    const definition = workflow()
      .step('before')
      .scope('outer', (path) =>
        path.forEach(
          'each',
          '{{ [1, 2] }}',
          (item) => item.step('a').scope('inner', (p) => p.delay('long', 9e6).step('b')),
          {
            limit: 2,
          },
        ),
      )
      .definition();
    for (let at = 3; at < 24; at += 1) {
      const each = await run(definition, {}, { at: { [at]: 'cancel' }, seed: at });
      expect(['cancelled', 'completed']).toContain(each.state.status);
      if (each.state.status === 'cancelled')
        expect(Object.values(each.ledger.net).every((net) => net === 0)).toBe(true);
    }
  });
});

describe('a loop', () => {
  const loop = (onItemFailure: 'fail' | 'continue' | 'collect', limit = 1) =>
    workflow()
      .step('before')
      .forEach(
        'each',
        '{{ trigger.data }}',
        (item) =>
          item.step('take', { input: { item: '{{ item }}', index: '{{ index }}' } }).branch('odd', {
            '{{ item = "bad" }}': (p) => p.fail('no'),
            else: (p) => p.transform('fine', '{{ item }}'),
          }),
        { onItemFailure, limit },
      )
      .end('over', { result: '{{ steps.each.output }}' })
      .definition();

  it('undoes each item on its own, the last one first, when it fails as a whole (S18, S16)', async () => {
    const each = await run(loop('fail'), {}, { data: ['x', 'y', 'bad', 'z'] });
    expect(each.state.status).toBe('compensated');
    expect(undone(each)).toEqual(['take@each[2]', 'take@each[1]', 'take@each[0]', 'before']);
  });

  it.each([1, 3])('goes on past a failed item, which is undone alone (at most %i at a time)', async (limit) => {
    const each = await run(loop('continue', limit), {}, { data: ['x', 'bad', 'z'] });
    expect(each.state.status).toBe('completed');
    expect(undone(each)).toEqual(['take@each[1]']);
    expect(each.state.output).toMatchObject({ result: { results: ['x', null, 'z'], count: 3 } });
  });

  it('collects what failed', async () => {
    const each = await run(loop('collect', 2), {}, { data: ['bad', 'y'] });
    expect(each.state.output).toMatchObject({
      result: { results: [null, 'y'], errors: [{ index: 0, error: { code: 'business' } }] },
    });
  });

  it('has as many items under way as it may, and no more', async () => {
    const definition = workflow()
      .forEach('each', '{{ [1, 2, 3, 4, 5, 6, 7] }}', step('take'), { limit: 3 })
      .definition();
    const { journal } = await run(definition, {}, { seed: 7 });
    let [under, most] = [0, 0];
    for (const entry of journal) {
      if (entry.type === 'step.started') under += 1;
      if (entry.type === 'step.succeeded' && entry.step === 'take') under -= 1;
      most = Math.max(most, under);
    }
    expect(most).toBe(3);
  });

  it('in a loop knows its own item and that of none other', async () => {
    const definition = workflow()
      .forEach('rows', '{{ [[1, 2], [3]] }}', (row) =>
        row.forEach('cells', '{{ item }}', (cell) => cell.transform('cell', '{{ item * 10 + index }}')),
      )
      .end('over', { cells: '{{ steps.rows.output.results.results }}' })
      .definition();
    expect((await run(definition)).state.output).toEqual({ cells: [10, 21, 30] });
  });

  it('that repeats sees the pass before, and stops at its bound', async () => {
    const counting: Build = (pass) => pass.transform('count', '{{ (previous ?? 0) + 1 }}');
    const enough = workflow().repeat('again', counting, { until: '{{ previous >= 3 }}' }).definition();
    const each = await run(enough);
    expect(each.state.instances['again']?.output).toBe(3);
    const endless = workflow().repeat('again', counting, { until: '{{ false }}', maxPasses: 4 }).definition();
    expect((await run(endless)).state).toMatchObject({ status: 'failed', failure: { code: 'repeat.exhausted' } });
  });
});

describe('a save-point', () => {
  const definition = workflow()
    .step('before')
    .scope('booked', step('book'), { resume: step('otherwise') })
    .step('pay')
    .step('broken')
    .definition();

  it('stops an undo, and the run goes on by its other way (S24)', async () => {
    const each = await run(definition, { broken: terminal() });
    expect(each.state.status).toBe('completed');
    expect(undone(each)).toEqual(['pay']);
    expect(each.ledger.net).toMatchObject({ before: 1, 'book@booked': 1, pay: 0, otherwise: 1 });
  });

  it('stops one undo only: when the other way fails as well, everything is undone (S24)', async () => {
    const each = await run(definition, { broken: terminal(), otherwise: terminal() });
    expect(each.state.status).toBe('compensated');
    expect(undone(each)).toEqual(['pay', 'book@booked', 'before']);
  });

  it('does not stop a cancel', async () => {
    const script: Script = { broken: { forward: ['busy', 'busy', 'busy'] } };
    const { journal } = await run(definition, script);
    const waiting = journal.findIndex((entry) => entry.type === 'step.failed' && entry.step === 'broken') + 1;
    const each = await run(definition, script, { at: { [waiting]: 'cancel' } });
    expect(each.state.status).toBe('cancelled');
    expect(undone(each)).toEqual(['pay', 'book@booked', 'before']);
  });
});

describe('a pivot inside a body', () => {
  it('keeps everything around it from being undone (S23)', async () => {
    const definition = workflow()
      .step('before')
      .scope('part', (path) => path.step('turn', { undo: 'pivot' }))
      .step('after')
      .definition();
    const each = await run(definition, { after: terminal() });
    expect(each.state.status).toBe('blocked');
    expect(undone(each)).toEqual([]);
  });
});

describe('a sub-workflow', () => {
  const definition = workflow().step('before').call('child').step('broken').definition();

  it('that completed is undone as a unit, by its own undo (S18)', async () => {
    const each = await run(definition, { broken: terminal() });
    expect(each.state.status).toBe('compensated');
    expect(undone(each)).toEqual(['child', 'before']);
    expect(each.ledger.net).toMatchObject({ child: 0, before: 0 });
  });

  it('that is not over is cancelled first, and its end is awaited (S18)', async () => {
    const parallel = workflow()
      .parallel('split', [step('broken'), (path) => path.call('child')])
      .definition();
    const each = await run(parallel, {
      broken: { forward: ['busy', 'busy', 'refuse'] },
      child: { child: { afterMs: 9e6 } },
    });
    expect(each.journal.map(({ type }) => type)).toContain('child.cancel-requested');
    expect(each.state.instances['child']).toMatchObject({ status: 'failed', failure: { code: 'child.cancelled' } });
  });

  it('that fails fails the step that called it, with nothing left to undo of it', async () => {
    const each = await run(definition, { child: { child: { end: 'compensated' } } });
    expect(each.state).toMatchObject({ status: 'compensated', failure: { code: 'child.compensated' } });
    expect(undone(each)).toEqual(['before']);
  });
});

describe('a finished run', () => {
  it('is undone later by the same plan (S26)', async () => {
    const definition = workflow()
      .step('a')
      .forEach('each', '{{ [1, 2] }}', step('b'))
      .scope('part', step('c'))
      .definition();
    const each = await run(definition, {}, { undoFinished: true });
    expect(each.state.status).toBe('compensated');
    expect(undone(each)).toEqual(['c@part', 'b@each[1]', 'b@each[0]', 'a']);
    expect(each.journal.filter(({ type }) => type === 'run.ended')).toHaveLength(2);
  });
});

describe('the undo plan', () => {
  const definition = workflow()
    .step('a')
    .forEach('each', '{{ [1, 2] }}', step('b'), { limit: 2 })
    .scope('part', (path) => path.step('c').step('d'))
    .step('e')
    .definition();

  it('of a run says what is undone after what, through bodies (S16, S18)', async () => {
    const { state } = await run(definition);
    expect(undoPlan(definition, state).steps.map(({ instance, order }) => [instance, order])).toEqual([
      ['e', 1],
      ['d@part', 2],
      ['c@part', 3],
      expect.arrayContaining([4]),
      expect.arrayContaining([4]),
      ['a', 5],
    ]);
  });

  it('of a drawing shows every loop once', () => {
    expect(undoPreview(definition, 'e').steps.map(({ instance, order }) => [instance, order])).toEqual([
      ['d@part', 1],
      ['c@part', 2],
      ['b@each[0]', 3],
      ['a', 4],
    ]);
    expect(undoPreview(definition, 'd').steps.map(({ instance }) => instance)).toEqual(['c@part', 'b@each[0]', 'a']);
  });
});
