/** When a body has come to rest: what it comes to, where an undo stops, and that a pivot in flight is waited for (S13-S15, S23, S24). */
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../kernel/index.js';
import { compile } from './compile/index.js';
import { SINGLE_ATTEMPT } from './retry.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const output = (value: Json) => ({ kind: 'succeeded', output: value }) as const;

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

describe('what a body comes to', () => {
  it('is the result of the path that ended last, in whatever order the paths were drawn', async () => {
    const drawn = workflow()
      .scope('part', (path) => path.step('fork').step('a'))
      .end('end', '{{ steps.part.output }}')
      .graph();
    const { a } = drawn.nodes;
    if (!a) throw new Error('The step is drawn.');
    const line = { id: 'fork-out-b', from: 'fork', port: 'out', to: 'b' };
    const { definition } = compile({
      ...drawn,
      nodes: { ...drawn.nodes, b: { ...a, id: 'b', name: 'b' } },
      order: [...drawn.order, 'b'],
      edges: { ...drawn.edges, [line.id]: line },
    });
    if (!definition) throw new Error('The drawing has no errors.');
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const run = await handRun(definition);
      await run.answer('fork@part', output('fork'));
      for (const call of order) await run.answer(`${call}@part`, output(call));
      expect(run.state).toMatchObject({ status: 'completed', output: order[1] });
    }
    const failed = await handRun(definition);
    await failed.answer('fork@part', output('fork'));
    await failed.answer('a@part', output('a'));
    await failed.answer('b@part', 'refuse');
    expect(failed.inFlight).toEqual(['undo a@part']);
  });

  it('of a loop is in the order of its items, whichever ends first', async () => {
    const run = await handRun(
      workflow()
        .forEach('items', '{{ ["a", "b"] }}', step('pack'), { limit: 2 })
        .end('end', '{{ steps.items.output.results }}')
        .definition(),
    );
    for (const [index, item] of [
      [1, 'b'],
      [0, 'a'],
    ])
      await run.answer(`pack@items[${index}]`, output(item ?? ''));
    expect(run.state.output).toEqual(['a', 'b']);
  });

  it('is what an end in it says, whatever ends later', async () => {
    const saga = workflow()
      .scope('part', (path) => path.step('pack').end('over', { said: '{{ steps.pack.output }}' }))
      .end('end', '{{ steps.part.output }}')
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@part', output(7));
    expect(run.state.output).toEqual({ said: 7 });
  });

  it('is nothing of a step that goes on, that failed, or that was undone as a loser', async () => {
    const saga = workflow()
      .scope('part', (path) =>
        path.step('pack').parallel('both', [step('slow'), step('fast')], { kind: 'any', losers: 'cancel' }),
      )
      .end('end', '{{ steps.part.output }}')
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@part', output('pack'));
    await run.answer('fast@part', output('fast'));
    await run.answer('slow@part', output('slow'));
    await run.answer('undo slow@part', output('undone'));
    expect(run.state.status).toBe('completed');
    expect(run.state.output).not.toBe('slow');
    expect(run.state.output).not.toBe('pack');
  });

  it('is what its handler comes to, when that has caught its failure', async () => {
    const saga = workflow()
      .scope('part', (path) => path.step('pack').step('label'), { handler: step('mend') })
      .end('end', '{{ steps.part.output }}')
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@part', output('pack'));
    await run.answer('label@part', 'refuse');
    await run.answer('mend@part', output('mended'));
    expect(run.state).toMatchObject({ status: 'completed', output: 'mended' });
  });

  it('is nothing when it has failed', async () => {
    const saga = workflow()
      .forEach('items', '{{ [1, 2] }}', (path) => path.step('pack').step('label'), { onItemFailure: 'collect' })
      .end('end', '{{ steps.items.output }}')
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@items[0]', output('kept'));
    await run.answer('label@items[0]', 'refuse', 'label.refused');
    await run.answer('undo pack@items[0]', 'succeed');
    await run.answer('pack@items[1]', output('second'));
    await run.answer('label@items[1]', output('labelled'));
    expect(run.state.output).toMatchObject({
      results: [null, 'labelled'],
      errors: [{ index: 0, error: { code: 'label.refused' } }],
      count: 2,
    });
  });
});

describe('a save-point (S24)', () => {
  const twoPoints = () =>
    workflow()
      .step('before')
      .scope('one', step('a'), { resume: step('againOne') })
      .step('between')
      .scope('two', step('b'), { resume: step('againTwo') })
      .step('ship')
      .definition();

  it('is the latest one that was passed: what came after it is undone, and the run goes on by its other way', async () => {
    const run = await handRun(twoPoints());
    for (const call of ['before', 'a@one', 'between', 'b@two']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    expect(run.inFlight).toEqual(['againTwo']);
    expect(run.instance('two').port).toBe('resume');
    expect(run.state.scopes['root']).toMatchObject({ status: 'active', cause: null, failure: null, savePoint: null });
    await run.answer('againTwo', 'succeed');
    expect(run.state.status).toBe('completed');
    expect(run.instance('b@two').undo.status).toBe('captured');
  });

  it('is returned to once: when its other way fails, the undo goes on to the one before', async () => {
    const run = await handRun(twoPoints());
    for (const call of ['before', 'a@one', 'between', 'b@two']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('againTwo', 'refuse');
    expect(run.inFlight).toEqual(['undo b@two']);
    await run.answer('undo b@two', 'succeed');
    await run.answer('undo between', 'succeed');
    expect(run.inFlight).toEqual(['againOne']);
    await run.answer('againOne', 'refuse');
    expect(run.inFlight).toEqual(['undo a@one']);
    await run.answer('undo a@one', 'succeed');
    await run.answer('undo before', 'succeed');
    expect(run.state.status).toBe('compensated');
  });

  it('does not count while something went on beside it, nor when it is cancelled', async () => {
    const saga = workflow()
      .parallel('both', [
        (path) => path.scope('point', step('a'), { resume: (resume) => resume.step('again').end('resumed') }),
        step('beside'),
      ])
      .step('ship')
      .definition();
    const beside = await handRun(saga);
    for (const call of ['a@point', 'beside']) await beside.answer(call, 'succeed');
    await beside.answer('ship', 'refuse');
    expect(beside.inFlight.sort()).toEqual(['undo a@point', 'undo beside']);

    const cancelled = await handRun(twoPoints());
    for (const call of ['before', 'a@one']) await cancelled.answer(call, 'succeed');
    await cancelled.answer('between', 'succeed');
    await cancelled.cancel();
    await cancelled.answer('b@two', 'refuse');
    expect(cancelled.inFlight).toEqual(['undo between']);
  });

  it('does not count before it was passed, nor in a scope that is undone as a unit', async () => {
    const early = await handRun(twoPoints());
    await early.answer('before', 'succeed');
    await early.answer('a@one', 'refuse');
    expect(early.inFlight).toEqual(['undo before']);

    const unit = await handRun(
      workflow()
        .scope(
          'unit',
          (path) =>
            path
              .scope('point', step('a'), { resume: step('again') })
              .step('b')
              .step('c'),
          {
            undoAsUnit: true,
          },
        )
        .definition(),
    );
    for (const call of ['a@unit/point', 'b@unit']) await unit.answer(call, 'succeed');
    await unit.answer('c@unit', 'refuse');
    expect(unit.inFlight).toEqual(['undo b@unit']);
    await unit.answer('undo b@unit', 'succeed');
    expect(unit.inFlight).toEqual(['undo a@unit/point']);
  });

  it('counts inside the scope that fails: what lies around stays', async () => {
    const run = await handRun(
      workflow()
        .step('before')
        .scope('part', (path) =>
          path
            .scope('point', step('a'), { resume: step('again') })
            .step('b')
            .step('c'),
        )
        .step('ship')
        .definition(),
    );
    for (const call of ['before', 'a@part/point', 'b@part']) await run.answer(call, 'succeed');
    await run.answer('c@part', 'refuse');
    expect(run.inFlight).toEqual(['undo b@part']);
    await run.answer('undo b@part', 'succeed');
    expect(run.inFlight).toEqual(['again@part']);
    await run.answer('again@part', 'succeed');
    expect(run.inFlight).toEqual(['ship']);
  });
});

describe('a body that has come to rest in one that fails (S15, S23)', () => {
  /** `pack` was refused on the outermost level while the pivot is in flight, and a scope has ended its only step so far. */
  async function restingBesidePivot(): Promise<HandRun> {
    const saga = workflow()
      .parallel('three', [
        (path) => path.step('pay', { undo: 'pivot' }),
        (path) => path.scope('part', (inner) => inner.step('label').step('post')),
        step('pack'),
      ])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('pack', 'refuse', 'pack.refused');
    await run.answer('label@part', 'succeed');
    expect(run.inFlight).toEqual(['pay']);
    expect(run.state.scopes['@part']?.status).toBe('active');
    return run;
  }

  it('goes on when a pivot in flight wins', async () => {
    const run = await restingBesidePivot();
    await run.answer('pay', 'succeed');
    expect(run.inFlight).toEqual(['post@part']);
    await run.answer('post@part', 'succeed');
    expect(run.instance('part').status).toBe('succeeded');
    await run.resolve({ kind: 'retry' });
    await run.answer('pack', 'succeed');
    expect(run.inFlight).toEqual(['ship']);
  });

  it('is undone with the rest when the pivot in flight does not win, or waits for its next attempt', async () => {
    for (const answer of ['refuse', 'busy'] as const) {
      const run = await restingBesidePivot();
      await run.answer('pay', answer);
      expect(run.instance('part').status).toBe('cancelled');
      expect(run.inFlight).toEqual(['undo label@part']);
      await run.answer('undo label@part', 'succeed');
      expect(run.state).toMatchObject({ status: 'compensated', failure: { code: 'pack.refused' } });
    }
  });

  it('is closed at once without a pivot in flight around', async () => {
    const saga = workflow()
      .parallel('three', [
        step('pay'),
        (path) => path.scope('part', (inner) => inner.step('label').step('post')),
        step('pack'),
      ])
      .definition();
    const run = await handRun(saga);
    await run.answer('pack', 'refuse');
    await run.answer('label@part', 'succeed');
    expect(run.state.scopes['@part']?.status).toBe('closed');
    expect(run.inFlight).toEqual(['pay']);
    await run.answer('pay', 'succeed');
    expect(run.inFlight.sort()).toEqual(['undo label@part', 'undo pay']);
  });

  it('is closed at once beside a pivot in flight in another body', async () => {
    const saga = workflow()
      .parallel('both', [
        (path) => path.scope('other', (inner) => inner.step('pay', { undo: 'pivot' })),
        (path) =>
          path.scope('outer', (outer) =>
            outer.parallel('two', [(inner) => inner.scope('part', step('label')), step('pack')]),
          ),
      ])
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@outer', 'refuse');
    await run.answer('label@outer/part', 'succeed');
    expect(run.state.scopes['@outer/part']?.status).toBe('closed');
    expect(run.inFlight.sort()).toEqual(['pay@other', 'undo label@outer/part']);
  });
});

describe('a step parked for a person in a body that fails (S15)', () => {
  it('waits no longer: what is unknown is undone, what failed stays failed, and its incident is closed', async () => {
    const saga = workflow()
      .parallel('three', [
        (path) => path.step('wire', { effect: 'at-most-once' }),
        (path) => path.step('pack', { onFailure: 'park' }),
        step('ship'),
      ])
      .definition();
    const run = await handRun(saga);
    await run.answer('wire', 'lost');
    await run.answer('pack', 'refuse');
    expect(run.openIncidents).toHaveLength(2);
    await run.answer('ship', 'refuse');
    expect(run.openIncidents).toEqual([]);
    expect(run.instance('pack')).toMatchObject({ status: 'failed', parked: false, settledAt: run.now });
    expect(run.instance('pack').settledSeq).toBeGreaterThan(0);
    expect(run.inFlight).toEqual(['undo wire']);
  });

  it('leaves open the incidents of undos', async () => {
    const saga = workflow()
      .parallel('both', [step('slow'), step('fast')], { kind: 'any', losers: 'cancel' })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const call of ['fast', 'slow']) await run.answer(call, 'succeed');
    await run.answer('undo slow', 'refuse');
    await run.answer('ship', 'refuse');
    expect(run.openIncidents).toMatchObject([{ instance: 'slow', direction: 'undo' }]);
    await run.answer('undo fast', 'succeed');
    expect(run.state.status).toBe('blocked');
  });
});

describe('what begins and waits (S10, S12, S18)', () => {
  it('has begun with its first attempt, however many follow', async () => {
    const run = await handRun(workflow().step('ship').definition());
    const [first] = run.entries('step.started', 'ship');
    await run.answer('ship', 'busy');
    await run.wake();
    expect(run.now).toBeGreaterThan(first?.at ?? 0);
    expect(run.instance('ship')).toMatchObject({ startedAt: first?.at, startedSeq: first?.seq, attempt: 2 });
  });

  it('has begun with its wait, and not while it queues for a slot (S30)', async () => {
    let free = false;
    const saga = workflow()
      .delay('rest', HOUR)
      .step('ship', { concurrency: { key: 'dock', limit: 1 } })
      .definition();
    const run = await handRun(saga, { isSlotFree: () => free });
    const begun = run.now;
    expect(run.instance('rest')).toMatchObject({ status: 'waiting', startedAt: begun });
    await run.wake();
    expect(run.instance('ship')).toMatchObject({ status: 'waiting', admitted: false, startedAt: null, startedSeq: 0 });
    free = true;
    run.now += 5;
    await run.grantSlot('ship');
    expect(run.instance('ship')).toMatchObject({
      status: 'running',
      admitted: true,
      awaits: [],
      startedAt: begun + HOUR + 5,
    });
  });

  it('knows its child from the answer on, and that it took effect, whatever was unknown before', async () => {
    const run = await handRun(workflow().call('call').step('ship').definition());
    await run.answer('call', 'lost');
    expect(run.instance('call')).toMatchObject({ status: 'retrying', doubtful: true });
    await run.wake();
    await run.answer('call', output({ run: 'child-1' }));
    expect(run.instance('call')).toMatchObject({
      status: 'waiting',
      doubtful: false,
      output: { run: 'child-1' },
      awaits: [{ kind: 'child', run: 'child-1' }],
      undo: { status: 'captured', input: { kind: 'value', value: { run: 'child-1' } } },
    });
    const end = { outcome: 'failed', output: null, failure: null } as const;
    await run.tell({ kind: 'child', instance: 'call', end });
    expect(run.instance('call').status).toBe('failed');
  });

  it('does not change for a belated answer to an attempt to start the child it waits for', async () => {
    const run = await handRun(workflow().call('call').definition());
    await run.answer('call', output({ run: 'child-1' }));
    const before = run.state;
    await run.answerAttempt('call', 1, 'refuse');
    expect(run.state).toEqual({ ...before, seq: before.seq + 1 });
  });

  it('is reminded with each nudge, until the time of the next', async () => {
    const run = await handRun(
      workflow()
        .task('ask', { yes: (path) => path }, { task: { reminderMs: HOUR }, timeoutMs: 10 * HOUR })
        .definition(),
    );
    await run.wake();
    expect(run.instance('ask')).toMatchObject({ status: 'waiting', nudges: 1, wakeAt: run.now + HOUR });
    await run.wake();
    expect(run.instance('ask').nudges).toBe(2);
  });

  it('is put before a person when nobody knows of what must not be repeated, but not in a body that fails (S11)', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('wire', { effect: 'at-most-once' }), step('ship')])
      .definition();
    const run = await handRun(saga);
    await run.answer('wire', 'lost');
    expect(run.openIncidents).toMatchObject([{ instance: 'wire' }]);
    const failing = await handRun(saga);
    await failing.answer('ship', 'refuse');
    await failing.answer('wire', 'lost');
    expect(failing.openIncidents).toEqual([]);
    expect(failing.inFlight).toEqual(['undo wire']);
  });

  it('fails for good, and is undone, when what may be repeated stays unknown to the last (S14)', async () => {
    const run = await handRun(workflow().step('reserve', { retry: SINGLE_ATTEMPT }).definition());
    await run.answer('reserve', 'lost');
    expect(run.openIncidents).toEqual([]);
    expect(run.instance('reserve').status).toBe('unknown');
    expect(run.inFlight).toEqual(['undo reserve']);
  });
});

describe('variables and answers', () => {
  it('are written to the nearest scope that has them, else to the run', async () => {
    const assign = { near: '{{ "new" }}', far: '{{ "new" }}', fresh: '{{ "new" }}' };
    const saga = workflow()
      .settings({ variables: { far: 'old', near: 'of the run' } })
      .scope('part', (path) => path.scope('inner', (inner) => inner.transform('set', null, { assign }).step('pack')), {
        variables: { near: 'old', other: 'kept' },
      })
      .step('ship', { input: { vars: '{{ vars }}' } })
      .definition();
    const run = await handRun(saga);
    expect(run.state.scopes['@part']?.variables).toEqual({ near: 'new', other: 'kept' });
    await run.answer('pack@part/inner', 'succeed');
    expect(run.instance('ship').input).toEqual({ vars: { far: 'new', near: 'of the run', fresh: 'new' } });
  });

  it('keep the first answer to the caller, with its headers as text', async () => {
    const saga = workflow({ kind: 'trigger.webhook' })
      .respond('first', { status: 202, headers: { 'x-count': '{{ 3 }}' }, body: { ok: true } })
      .respond('second', { status: 500 })
      .definition();
    const run = await handRun(saga);
    expect(run.state.response).toEqual({ status: 202, headers: { 'x-count': '3' }, body: { ok: true } });
    const plain = await handRun(workflow({ kind: 'trigger.webhook' }).respond('first').definition());
    expect(plain.state.response?.body).toBeNull();
  });
});

describe('ways of failures (S13)', () => {
  it.each([
    ['timeout', 'late'],
    ['timeout.attempt', 'late'],
    ['carrier.timeout', 'late'],
    ['carrier.timeout.deep', 'late'],
    ['timeouts', 'other'],
    ['notimeout', 'other'],
    ['carrier.closed', 'other'],
  ])('%s is left by the way "%s"', async (code, way) => {
    const saga = workflow()
      .step('ship', { timeout: step('late'), error: step('other') })
      .definition();
    const run = await handRun(saga);
    await run.answer('ship', 'refuse', code);
    expect(run.inFlight).toEqual([way]);
  });

  it('lead on by the plain way, or the first of several, for a step that is passed over', async () => {
    const saga = workflow()
      .step('ship', { skipWhen: '{{ true }}' })
      .task('ask', { yes: step('a'), no: step('b') }, { skipWhen: '{{ true }}' })
      .definition();
    const run = await handRun(saga);
    expect(run.instance('ship')).toMatchObject({ status: 'skipped', port: 'out' });
    expect(run.instance('ask')).toMatchObject({ status: 'skipped', port: 'yes' });
    expect(run.inFlight).toEqual(['a']);
  });
});
