import { describe, expect, it } from '@jest/globals';
import type { Resolution } from './journal.js';
import { cancelRefusal, resolutionRefusal, terminateRefusal, undoRefusal } from './requests.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const ANN = { kind: 'user', id: 'ann', name: 'Ann' } as const;
const resume: Resolution = { kind: 'resume-forward' };
const compensate: Resolution = { kind: 'compensate-from-here' };
const other = { connector: 'bank', operation: 'wire', effect: 'keyed', input: {} } as const;
const useAction: Resolution = { kind: 'use-action', ...other };

const note =
  (name: string): Build =>
  (path) =>
    path.transform(name, 1);

/** Code of the refusal to decide the only open incident so; null when it is allowed. */
function refused(run: HandRun, resolution: Resolution): string | null {
  const [incident] = run.openIncidents;
  if (!incident || run.openIncidents.length > 1) throw new Error('One incident is meant.');
  return resolutionRefusal(run.definition, run.state, incident.id, resolution)?.code ?? null;
}

/** A step that waits for a person, with the effect of `reserve` before it. */
async function parked(build: Build): Promise<HandRun> {
  const run = await handRun(build(workflow().step('reserve')).definition());
  await run.answer('reserve', 'succeed');
  return run;
}

/** `ship` was refused, and the undo of `charge` is refused as well, while `reserve` is not undone yet. */
async function blockedUndo(body: Build = (path) => path.step('reserve').step('charge')): Promise<HandRun> {
  const run = await handRun(body(workflow()).step('ship').definition());
  for (let next = run.inFlight[0]; next !== undefined && next !== 'ship'; next = run.inFlight[0])
    await run.answer(next, 'succeed');
  await run.answer('ship', 'refuse');
  await run.answer(run.inFlight[0] ?? '', 'refuse');
  return run;
}

describe('done by hand (S21)', () => {
  const done = (port?: string): Resolution => ({
    kind: 'done',
    note: 'by hand',
    evidence: 'ticket 7',
    ...(port && { port }),
  });

  it('has to say the way on of a step that has several, and goes on there', async () => {
    const run = await parked((path) =>
      path.branch('which', { '{{ 5 }}': note('a'), else: note('b') }, { onFailure: 'park' }),
    );
    expect(refused(run, done())).toBe('incident.no-port');
    expect(refused(run, done('nowhere'))).toBe('incident.port-unknown');
    expect(refused(run, done('else'))).toBeNull();
    await run.resolve(done('else'));
    expect(['a', 'b'].filter((id) => run.state.instances[id])).toEqual(['b']);
  });

  it('knows the outcomes of a task and the arms of a race', async () => {
    const asked = await parked((path) =>
      path.task(
        'approve',
        { yes: note('a'), no: note('b') },
        { task: { assignees: ['{{ null }}'] }, onFailure: 'park' },
      ),
    );
    expect([refused(asked, done()), refused(asked, done('no'))]).toEqual(['incident.no-port', null]);
    const raced = await parked((path) =>
      path.race(
        'first',
        { late: { until: 'never', then: note('a') }, paid: { event: 'payment', then: note('b') } },
        { onFailure: 'park' },
      ),
    );
    expect([refused(raced, done('no')), refused(raced, done('paid'))]).toEqual(['incident.port-unknown', null]);
  });

  it('needs no way on for a step that has one, and journals the evidence', async () => {
    const run = await parked((path) => path.step('wire', { effect: 'at-most-once' }).step('ship'));
    await run.answer('wire', 'lost');
    expect([refused(run, done()), refused(run, done('out')), refused(run, done('error'))]).toEqual([
      null,
      null,
      'incident.port-unknown',
    ]);
    await run.resolve(done());
    expect(run.entries('incident.resolved')[0]?.resolution).toMatchObject({ evidence: 'ticket 7' });
    expect(run.inFlight).toEqual(['ship']);
  });

  it('captures the undo of a child run that a person names (S17)', async () => {
    const run = await parked((path) => path.call('call', { onFailure: 'park' }).step('ship'));
    await run.answer('call', 'refuse');
    await run.resolve({ kind: 'done', note: 'started by hand', output: { run: 'child-9' } });
    await run.answer('ship', 'refuse');
    expect(run.entries('step.started', 'call').at(-1)).toMatchObject({ direction: 'undo', input: { run: 'child-9' } });
  });
});

describe('another action in place of a step', () => {
  it('is possible for steps that call one, and for undos', async () => {
    const run = await parked((path) => path.step('charge', { onFailure: 'park' }));
    await run.answer('charge', 'refuse');
    expect(refused(run, useAction)).toBeNull();
    expect(refused(await blockedUndo(), useAction)).toBeNull();
    expect(refused(await parked((path) => path.delay('rest', '{{ "soon" }}', { onFailure: 'park' })), useAction)).toBe(
      'incident.no-action',
    );
  });

  it('is done with its own input under another key, and settles what the step came to', async () => {
    const run = await blockedUndo();
    await run.resolve({ ...useAction, input: { refund: 5 } } as Resolution);
    expect(run.entries('step.started', 'charge').at(-1)).toMatchObject({
      input: { refund: 5 },
      key: 'run:charge:undo:2',
    });
    await run.answer('undo charge', 'succeed');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('leaves no child run to be undone', async () => {
    const run = await parked((path) => path.call('call', { onFailure: 'park' }).step('ship'));
    await run.answer('call', 'refuse');
    await run.resolve(useAction);
    await run.answer('call', { kind: 'succeeded', output: { run: 'not a child' } });
    expect(run.instance('call').status).toBe('succeeded');
    await run.answer('ship', 'refuse');
    expect(run.openIncidents).toMatchObject([{ instance: 'call', failure: { code: 'undo.other-action' } }]);
  });
});

describe('resume forward', () => {
  it('is for undos only', async () => {
    const run = await parked((path) => path.step('charge', { onFailure: 'park' }));
    await run.answer('charge', 'refuse');
    expect(refused(run, resume)).toBe('incident.not-undoing');
  });

  it('does again what was undone, as another generation, and goes on', async () => {
    const run = await blockedUndo();
    expect(refused(run, resume)).toBeNull();
    await run.resolve(resume);
    expect(run.inFlight).toEqual(['ship#2']);
    await run.answer('ship#2', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('is refused while a container is undone in part', async () => {
    const twice: Build = (path) => path.scope('try', (inner) => inner.step('reserve').step('charge'));
    const run = await blockedUndo(twice);
    expect(refused(run, resume)).toBeNull();
    await run.resolve({ kind: 'done', note: 'by hand' });
    await run.answer('undo reserve@try', 'refuse');
    expect(refused(run, resume)).toBe('incident.resume-inside');
  });

  it('is refused when nothing failed: the run was undone after its end', async () => {
    const run = await handRun(workflow().step('charge').definition());
    await run.answer('charge', 'succeed');
    run.append({ type: 'run.undo-requested', by: ANN, reason: 'test', at: run.now });
    await run.goOn();
    await run.answer('undo charge', 'refuse');
    expect(refused(run, resume)).toBe('incident.no-way-on');
  });
});

describe('compensate from here', () => {
  it('undoes the scope whatever the drawing says, but not after the pivot', async () => {
    const run = await parked((path) => path.step('charge', { onFailure: 'park' }));
    await run.answer('charge', 'refuse');
    expect(refused(run, compensate)).toBeNull();
    await run.resolve(compensate);
    expect(run.inFlight).toEqual(['undo reserve']);

    const late = await parked((path) => path.step('pay', { undo: 'pivot' }).step('charge'));
    await late.answer('pay', 'succeed');
    await late.answer('charge', 'refuse');
    expect(refused(late, compensate)).toBe('run.past-pivot');
  });

  it('is for forward steps only', async () => {
    expect(refused(await blockedUndo(), compensate)).toBe('incident.not-forward');
  });
});

describe('what can always be decided', () => {
  it('is to abandon the run as it stands, or to leave an effect', async () => {
    const run = await blockedUndo();
    for (const resolution of [{ kind: 'abandon' }, { kind: 'skip', reason: 'x' }, { kind: 'retry' }] as const)
      expect(refused(run, resolution)).toBeNull();
    await run.resolve({ kind: 'abandon' });
    expect(run.state.status).toBe('terminated');
  });

  it('is retry alone, when it is the run itself that could not go on', async () => {
    const run = await handRun(workflow().delay('rest', HOUR).definition());
    const failure = { code: 'engine.broken', kind: 'bug', message: '' } as const;
    const itself = { step: '', path: '', generation: 1, direction: 'forward' } as const;
    run.append({ type: 'incident.opened', incident: 'run~3', ...itself, failure, at: run.now });
    expect(refused(run, { kind: 'retry' })).toBeNull();
    expect(refused(run, { kind: 'abandon' })).toBeNull();
    for (const resolution of [
      { kind: 'done', note: 'x' },
      { kind: 'skip', reason: 'x' },
      resume,
      useAction,
    ] as Resolution[])
      expect(refused(run, resolution)).toBe('incident.of-run');
  });

  it('is not other input for the undo of a child run, which has none of its own', async () => {
    const run = await parked((path) => path.call('call', { mode: 'wait' }).step('ship'));
    await run.answer('call', { kind: 'succeeded', output: { run: 'child-1' } });
    await run.tell({ kind: 'child', instance: 'call', end: { outcome: 'completed', output: null, failure: null } });
    await run.answer('ship', 'refuse');
    await run.answer('undo call', 'refuse');
    expect(refused(run, { kind: 'retry-with-input', input: {} })).toBe('incident.no-input');
  });
});

describe('undo of a finished run (S26)', () => {
  async function finished(body: Build): Promise<HandRun> {
    const run = await handRun(body(workflow()).definition());
    for (let next = run.inFlight[0]; next !== undefined; next = run.inFlight[0]) await run.answer(next, 'succeed');
    return run;
  }
  const refusal = (run: HandRun) => undoRefusal(run.definition, run.state);

  it('is possible while something of it is in force', async () => {
    expect(refusal(await finished((path) => path.step('charge')))).toBeNull();
    expect(refusal(await finished((path) => path.scope('try', (inner) => inner.step('charge'))))).toBeNull();
    expect(refusal(await finished((path) => path.step('mail', { undo: 'irreversible' }).step('charge')))).toBeNull();
  });

  it('names what cannot be undone', async () => {
    const run = await finished((path) => path.step('mail', { undo: 'irreversible' }).step('log', { undo: null }));
    expect(refusal(run)).toMatchObject({
      code: 'run.nothing-to-undo',
      message: expect.stringContaining('mail (irreversible), log (undeclared)'),
      details: [
        { step: 'mail', reason: 'irreversible' },
        { step: 'log', reason: 'undeclared' },
      ],
    });
  });

  it('is refused after the pivot, naming it', async () => {
    const run = await finished((path) => path.step('charge').step('pay', { undo: 'pivot' }));
    expect(refusal(run)).toMatchObject({ code: 'run.past-pivot', message: expect.stringContaining('pay') });
  });

  it('is refused while the run lives, and when it did not complete or was undone already', async () => {
    const live = await handRun(workflow().step('charge').definition());
    expect(refusal(live)?.code).toBe('run.not-ended');
    await live.answer('charge', 'refuse');
    expect(refusal(live)?.code).toBe('run.not-completed');
    const undone = await finished((path) => path.step('charge'));
    undone.append({ type: 'run.undo-requested', by: ANN, reason: 'test', at: undone.now });
    await undone.goOn();
    await undone.answer('undo charge', 'succeed');
    expect(undone.state.status).toBe('compensated');
    expect(refusal(undone)?.code).toBe('run.not-completed');
  });
});

describe('termination and the deadline of a run (S25)', () => {
  it('can be asked for at any time before the end, also after the pivot', async () => {
    const run = await handRun(workflow().step('pay', { undo: 'pivot' }).step('ship').definition());
    await run.answer('pay', 'succeed');
    expect(cancelRefusal(run.definition, run.state)?.code).toBe('run.past-pivot');
    expect(terminateRefusal(run.state)).toBeNull();
    run.append({ type: 'run.terminate-requested', by: ANN, reason: 'test', at: run.now });
    await run.goOn();
    expect(run.state.status).toBe('terminated');
    expect(terminateRefusal(run.state)?.code).toBe('run.ended');
  });

  it('cancels a run that takes too long', async () => {
    const run = await handRun(
      workflow().settings({ deadlineMs: 5000 }).step('charge').delay('rest', HOUR).definition(),
    );
    await run.answer('charge', 'succeed');
    await run.wake();
    expect(run.entries('run.cancel-requested')[0]).toMatchObject({ by: { kind: 'system' } });
    expect(run.inFlight).toEqual(['undo charge']);
  });
});
