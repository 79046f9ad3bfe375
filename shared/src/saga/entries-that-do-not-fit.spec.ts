/** `evolve` is total (S7): what does not fit the state is counted and changes nothing; states are never changed in place. */
import { describe, expect, it } from '@jest/globals';
import { evolve, evolveAll, replay } from './replay.js';
import type { Entry, NewEntry } from './journal.js';
import { SINGLE_ATTEMPT } from './retry.js';
import type { RunState } from './state.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const failure = { kind: 'operational', code: 'test.failed', message: 'Failed.' } as const;
const BY = { kind: 'user', id: 'ann', name: 'Ann' } as const;

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

/** An entry of every type about one step; `attempt` counts where there is one. */
function about(name: string, path: string, attempt: number, generation = 1): NewEntry[] {
  const ref = { step: name, path, generation, at: 9 };
  const answers = (['forward', 'undo'] as const).flatMap((direction): NewEntry[] => {
    const tried = { ...ref, direction, attempt };
    return [
      { type: 'step.started', ...tried, key: 'other', input: { other: true } },
      { type: 'step.succeeded', ...tried, output: 'other', port: 'out' },
      { type: 'step.failed', ...tried, failure, retryAt: null },
      { type: 'step.failed', ...tried, failure, retryAt: 99 },
      { type: 'step.unknown', ...tried, failure, retryAt: null },
      { type: 'step.waiting', ...ref, direction, until: 5, awaits: [] },
    ];
  });
  return [
    ...answers,
    { type: 'step.admitted', ...ref },
    { type: 'step.skipped', ...ref },
    { type: 'step.opened', ...ref, deadline: 7, items: [1, 2] },
    { type: 'step.continued', ...ref },
    { type: 'step.cancelled', ...ref, reason: 'test' },
    { type: 'scope.timed-out', ...ref, failure },
    { type: 'task.nudged', ...ref, nudge: 'reminder', next: 3 },
    { type: 'child.cancel-requested', ...ref, reason: 'test' },
  ];
}

const resolutions = (incident: string): NewEntry[] =>
  (
    [
      { kind: 'retry' },
      { kind: 'retry-with-input', input: {} },
      { kind: 'done', note: 'by hand' },
      { kind: 'skip', reason: 'test' },
      { kind: 'use-action', connector: 'c', operation: 'o', effect: 'keyed', input: {} },
      { kind: 'resume-forward' },
      { kind: 'compensate-from-here' },
      { kind: 'abandon' },
    ] as const
  ).map((resolution) => ({ type: 'incident.resolved', incident, resolution, by: BY, reason: 'test', at: 9 }));

/** Each of the entries alone, put on top of the state, only counts. */
function expectNoChange(run: HandRun, entries: readonly NewEntry[]): void {
  for (const entry of entries) {
    const after = evolve(run.definition, run.state, { ...entry, seq: run.state.seq + 1 });
    expect({ entry, after }).toEqual({ entry, after: { ...run.state, seq: run.state.seq + 1 } });
  }
}

async function diamond(): Promise<HandRun> {
  const run = await handRun(
    workflow()
      .step('reserve')
      .parallel('both', [(path) => path.step('charge', { retry: SINGLE_ATTEMPT }), step('pack')])
      .step('ship')
      .definition(),
  );
  await run.answer('reserve', 'succeed');
  return run;
}

describe('an entry that does not fit (S7)', () => {
  it('is one about a step, a body or an incident that there is not', async () => {
    const run = await diamond();
    expectNoChange(run, [
      ...about('nowhere', '', 1),
      ...about('ship', '', 1),
      ...about('charge', 'elsewhere', 1),
      ...about('charge', '', 1, 2),
      ...resolutions('nowhere~forward~1'),
    ]);
  });

  it('is one about a step that has succeeded, unless its success was given up before (S22)', async () => {
    const run = await diamond();
    expectNoChange(run, about('reserve', '', 1));
    await run.answer('charge', 'succeed');
    await run.answer('pack', 'succeed');
    await run.answer('ship', 'succeed');
    expect(run.state.status).toBe('completed');
    expectNoChange(run, [
      ...['reserve', 'charge', 'pack', 'ship', 'bothJoin', 'end'].flatMap((name) => about(name, '', 1)),
      { type: 'run.started', trigger: 'start', event: run.state.event, at: 9 },
      { type: 'run.cancel-requested', by: BY, reason: 'test', at: 9 },
      { type: 'run.terminate-requested', by: BY, reason: 'test', at: 9 },
    ]);
  });

  it('is an undo entry about a step whose undo is not wanted, and a request to undo a run that goes on (S14, S26)', async () => {
    const run = await diamond();
    expectNoChange(run, [
      ...about('charge', '', 1).filter((entry) => 'direction' in entry && entry.direction === 'undo'),
      { type: 'run.undo-requested', by: BY, reason: 'test', at: 9 },
    ]);
  });

  it('is an answer to an attempt that was given up for another, other than a success (S22)', async () => {
    const run = await handRun(workflow().step('ship').definition());
    await run.answer('ship', 'busy');
    await run.wake();
    expect(run.instance('ship').attempt).toBe(2);
    expectNoChange(
      run,
      about('ship', '', 1).filter((entry) => entry.type === 'step.failed' || entry.type === 'step.unknown'),
    );
  });

  it('is an answer to a step that is parked for a person (S21)', async () => {
    const run = await handRun(workflow().step('wire', { effect: 'at-most-once' }).definition());
    await run.answer('wire', 'lost');
    expect(run.openIncidents).toHaveLength(1);
    expectNoChange(
      run,
      about('wire', '', 1).filter(({ type }) => /failed|unknown|waiting|opened|continued|timed-out|nudged/.test(type)),
    );
  });

  it('is a container entry about a step that is none, or is not at that point of its life (S13)', async () => {
    const run = await handRun(
      workflow().scope('part', step('pack')).forEach('items', '{{ [1] }}', step('ship')).definition(),
    );
    const ofContainers = (name: string) =>
      about(name, '', 1).filter(({ type }) => /opened|continued|nudged/.test(type));
    expect(run.instance('part').status).toBe('open');
    expectNoChange(run, ofContainers('part'));
    await run.answer('pack@part', 'succeed');
    expectNoChange(run, [...about('part', '', 1), ...about('pack', 'part', 1)]);
    expect(run.instance('items').status).toBe('open');
    expectNoChange(run, ofContainers('items'));
  });

  it('is any about a step that was undone, while others are, except a late success (S20, S22)', async () => {
    const run = await diamond();
    await run.answer('pack', 'succeed');
    await run.answer('charge', 'refuse');
    await run.answer('undo pack', 'succeed');
    expect(run.inFlight).toEqual(['undo reserve']);
    expectNoChange(run, [...about('pack', '', 1), ...about('charge', '', 1)]);
    expectNoChange(run, [{ type: 'run.cancel-requested', by: BY, reason: 'test', at: 9 }]);
  });

  it('is the resolution of an incident that is resolved already (S21)', async () => {
    const run = await handRun(workflow().step('charge', { onFailure: 'park' }).step('ship').definition());
    await run.answer('charge', 'refuse');
    const [incident] = run.openIncidents;
    await run.resolve({ kind: 'retry' });
    expectNoChange(run, resolutions(incident?.id ?? ''));
  });

  it('is an undo answer to an earlier attempt of the undo (S19)', async () => {
    const run = await diamond();
    await run.answer('charge', 'refuse');
    await run.answer('pack', 'refuse');
    await run.answer('undo reserve', 'busy');
    await run.wake();
    expectNoChange(
      run,
      about('reserve', '', 1).filter(
        (entry) => 'direction' in entry && entry.direction === 'undo' && /failed|unknown/.test(entry.type),
      ),
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** A run with a loop, a failure inside it, an undo, a timer and an incident. */
async function eventful(): Promise<HandRun> {
  const run = await handRun(
    workflow()
      .settings({ variables: { total: 0 } })
      .step('reserve')
      .forEach(
        'items',
        '{{ [1, 2] }}',
        (path) => path.step('pack').transform('count', 1, { assign: { total: '{{ vars.total + item }}' } }),
        { limit: 2, onItemFailure: 'continue' },
      )
      .parallel('both', [step('charge'), (path) => path.delay('rest', HOUR)])
      .step('ship', { onFailure: 'park' })
      .step('mail')
      .definition(),
  );
  await run.answer('reserve', 'succeed');
  await run.answer('pack@items[1]', 'refuse');
  await run.answer('pack@items[0]', 'succeed');
  await run.answer('charge', 'succeed');
  await run.wake();
  await run.answer('ship', 'refuse');
  await run.resolve({ kind: 'retry' });
  await run.answer('ship', 'succeed');
  await run.answer('mail', 'refuse');
  for (let next = run.inFlight[0]; next !== undefined; next = run.inFlight[0]) await run.answer(next, 'succeed');
  expect(run.state.status).toBe('compensated');
  return run;
}

describe('a state (S7)', () => {
  it('is never changed in place: what it was stays readable while the journal goes on', async () => {
    const { definition, journal, state } = await eventful();
    let at: RunState | null = null;
    for (const entry of deepFreeze(journal)) at = deepFreeze(evolve(definition, at, entry));
    expect(at).toEqual(state);
  });

  it('is the same by single entries, by batches of any size, and at once', async () => {
    const { definition, journal, state } = await eventful();
    for (const size of [1, 2, 3, 7, journal.length]) {
      let at: RunState | null = null;
      for (let from = 0; from < journal.length; from += size)
        at = evolveAll(definition, deepFreeze(at), journal.slice(from, from + size));
      expect(at).toEqual(state);
    }
    expect(replay(definition, journal)).toEqual(state);
    expect(replay(definition, [])).toBeNull();
    expect(evolveAll(definition, state, [])).toBe(state);
  });

  it('begins with the start of the run, and with nothing else', async () => {
    const { definition, journal } = await eventful();
    expect(() => evolve(definition, null, journal[1] as Entry)).toThrow('run.started');
  });
});
