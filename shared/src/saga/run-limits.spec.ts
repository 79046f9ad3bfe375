import { describe, expect, it } from '@jest/globals';
import { evaluateTemplate } from '../expression/index.js';
import type { RunConcurrency } from '../graph/index.js';
import { runLimitOf } from './admit-run.js';
import { checkAlive, checkRun } from './check-run.js';
import { compile } from './compile/index.js';
import { decide, nextWakeAt } from './decide.js';
import { explore } from './explore.js';
import { simulate } from './simulate.js';
import { handRun, workflow } from './testing/index.js';
import type { HandRunOptions } from './testing/index.js';

const limit = (more: Partial<RunConcurrency> = {}): { concurrency: RunConcurrency } => ({
  concurrency: { key: 'customer {{ trigger.data }}', limit: 1, policy: 'queue', ...more },
});
const charged = (more: Partial<RunConcurrency> = {}) => workflow().settings(limit(more)).step('charge').definition();
const asked = (options: HandRunOptions) => handRun(charged(), { data: 7, ...options });

describe('a run that is limited (S30)', () => {
  it('begins once it has its place, and writes it down', async () => {
    const run = await asked({});
    expect(run.journal.map(({ type }) => type)).toEqual(['run.started', 'run.admitted', 'step.started']);
    expect(run.entries('run.admitted')).toMatchObject([{ key: 'customer 7' }]);
    await run.answer('charge', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('asks for it and for nothing else, until it has it', async () => {
    const run = await asked({ places: [{ kind: 'waiting', until: null }] });
    expect(run.state).toMatchObject({ status: 'waiting', admission: { status: 'waiting', until: null } });
    expect(run.commands()).toEqual([]);
    expect(nextWakeAt(run.definition, run.state)).toBeNull();
    expect(checkAlive(run.definition, run.state, run.now)).toEqual([]);
    await run.askForPlace();
    await run.goOn();
    expect(run.inFlight).toEqual(['charge']);
  });

  it('asks again when its quiet time is over, and not before (S29)', async () => {
    const run = await handRun(charged(), { data: 7, places: [{ kind: 'waiting', until: Date.UTC(2099, 0, 1) }] });
    expect(run.commands()).toEqual([]);
    expect(decide(run.definition, run.state, Date.UTC(2099, 0, 1) - 1)).toEqual([]);
    await run.wake();
    expect(run.now).toBe(Date.UTC(2099, 0, 1));
    expect(run.inFlight).toEqual(['charge']);
  });

  it.each([
    ['rejected', 'limit.rejected'],
    ['superseded', 'limit.superseded'],
  ] as const)('ends cancelled when it is %s, and nothing of it has begun', async (kind, code) => {
    const run = await asked({ places: [{ kind }] });
    expect(run.state).toMatchObject({ status: 'cancelled', failure: { code } });
    expect(run.entries('step.started')).toEqual([]);
    expect(checkRun(run.definition, { journal: run.journal, state: run.state })).toEqual([]);
  });

  it('ends at once when it is cancelled in line (S25)', async () => {
    const run = await asked({ places: [{ kind: 'waiting', until: null }] });
    await run.cancel();
    expect(run.state).toMatchObject({ status: 'cancelled', failure: null });
    expect(run.entries('step.started')).toEqual([]);
    expect(checkRun(run.definition, { journal: run.journal, state: run.state })).toEqual([]);
  });

  it('undoes what it has done when it has to make room, and says so (S25)', async () => {
    const saga = workflow().settings(limit()).step('charge').step('ship').definition();
    const run = await handRun(saga, { data: 7 });
    await run.answer('charge', 'succeed');
    const failure = { code: 'limit.superseded', kind: 'user', message: 'Another goes on.' } as const;
    const by = { kind: 'system', id: 'engine', name: 'Engine' } as const;
    run.append({ type: 'run.cancel-requested', by, reason: failure.message, failure, at: run.now });
    await run.goOn();
    await run.answer('ship', 'refuse');
    await run.answer('undo charge', 'succeed');
    expect(run.state).toMatchObject({ status: 'cancelled', failure: { code: 'limit.superseded' } });
  });

  it('fails when its key says nothing', async () => {
    const run = await handRun(charged({ key: '{{ trigger.data.nobody }}' }), { data: {} });
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'limit.key' } });
    expect(run.entries('step.started')).toEqual([]);
    expect(checkRun(run.definition, { journal: run.journal, state: run.state })).toEqual([]);
  });

  it('is over with its deadline, also in line (S25)', async () => {
    const saga = workflow()
      .settings({ ...limit(), deadlineMs: 5000 })
      .step('charge')
      .definition();
    const run = await handRun(saga, { data: 7, places: [{ kind: 'waiting', until: null }] });
    const end = run.now + 5000;
    await run.wake();
    expect(run.now).toBe(end);
    expect(run.state.status).toBe('cancelled');
  });

  it('stands in no line after its place: what comes late changes nothing', async () => {
    const run = await asked({});
    const before = run.state;
    run.append({ type: 'run.waiting', key: 'customer 7', until: null, at: run.now });
    run.append({
      type: 'run.refused',
      outcome: 'failed',
      failure: { code: 'x', kind: 'bug', message: '' },
      at: run.now,
    });
    expect(run.state).toEqual({ ...before, seq: before.seq + 2 });
  });

  it('keeps the settings of its limit for the worker', async () => {
    const run = await handRun(charged({ policy: 'debounce', debounceMs: 100 }), { data: 7 });
    const value = { key: 'customer 7', limit: 1, policy: 'debounce', debounceMs: 100 };
    expect(await runLimitOf(run.definition, run.state, evaluateTemplate)).toEqual({ ok: true, value });
  });

  it('is admitted by simulations and by the exploration, unless they are told otherwise', async () => {
    const definition = charged();
    expect((await simulate(definition)).state.status).toBe('completed');
    for (let seed = 1; seed <= 20; seed += 1) {
      const places = [
        { kind: 'waiting', until: null },
        { kind: 'waiting', until: null },
      ] as const;
      const run = await simulate(definition, {}, { places, seed, crashRate: 0.1, cancelRate: 0.05 });
      expect(checkRun(definition, run)).toEqual([]);
      expect(['completed', 'cancelled']).toContain(run.state.status);
    }
    const rejected = await simulate(definition, {}, { places: [{ kind: 'rejected' }] });
    expect(rejected.state).toMatchObject({ status: 'cancelled', failure: { code: 'limit.rejected' } });
    const explored = explore(definition);
    expect(explored.violations).toEqual([]);
    expect(Object.keys(explored.outcomes)).toContain('completed');
  });
});

describe('a run without a limit (S30)', () => {
  it('is what it was: no new entries, and nothing of it in its definition', async () => {
    const definition = workflow().step('charge').definition();
    expect(definition).not.toHaveProperty('concurrency');
    const run = await handRun(definition);
    expect(run.journal.map(({ type }) => type)).toEqual(['run.started', 'step.started']);
    expect(run.state.admission).toBeNull();
  });
});

describe('the check of journals (S30)', () => {
  it('finds a step that begins before the run has its place', async () => {
    const run = await asked({ places: [{ kind: 'waiting', until: null }] });
    const step = { step: 'charge', path: '', generation: 1, direction: 'forward', attempt: 1 } as const;
    run.append({ type: 'step.started', ...step, key: 'k', input: {}, at: run.now });
    const found = checkRun(run.definition, { journal: run.journal, state: run.state });
    expect(found).toContain('S30: charge began before the run had its place');
  });
});

describe('the limit of runs in a drawing (S30)', () => {
  const said = (more: Partial<RunConcurrency>) =>
    compile(workflow().settings(limit(more)).step('charge').graph())
      .diagnostics.filter(({ field }) => field?.startsWith('settings.concurrency') === true)
      .map(({ id, level }) => `${level} ${id}`);

  it('is right when its key can be worked out before the run', () => {
    expect(said({ key: '{{ trigger.data.id }} {{ env.region }} {{ run.id }}' })).toEqual([]);
    expect(said({ policy: 'debounce', debounceMs: 1000 })).toEqual([]);
  });

  it('is wrong when its key reads what comes later, or cannot be read', () => {
    expect(said({ key: '{{ steps.charge.output.id }}' })).toEqual(['error concurrency.reads-later']);
    expect(said({ key: '{{ vars.a }}' })).toEqual(['error concurrency.reads-later']);
    expect(said({ key: '{{ trigger. }}' })).toEqual(['error template.syntax']);
  });

  it('is wrong when runs wait for a quiet time of no length, or several may begin after it', () => {
    expect(said({ policy: 'debounce' })).toEqual(['error concurrency.no-quiet-time']);
    expect(said({ policy: 'debounce', debounceMs: 1, limit: 2 })).toEqual(['error concurrency.one-at-a-time']);
  });
});

describe('a step that does not stand in line (S30)', () => {
  const concurrency = { key: 'till', limit: 1, policy: 'reject' } as const;

  it('says so to whoever knows the slots, and fails when there is none', async () => {
    const saga = workflow().step('first').step('charge', { concurrency }).definition();
    const run = await handRun(saga, { isSlotFree: () => false });
    await run.answer('first', 'succeed');
    expect(run.instance('charge').failure).toMatchObject({ code: 'limit.rejected' });
    expect(run.entries('step.waiting')).toEqual([]);
    await run.answer('undo first', 'succeed');
    expect(run.state.status).toBe('compensated');
    expect(checkRun(run.definition, { journal: run.journal, state: run.state })).toEqual([]);
  });

  it('is explored with and without a slot', () => {
    const explored = (policy: 'queue' | 'reject') =>
      explore(
        workflow()
          .step('charge', { concurrency: { ...concurrency, policy } })
          .definition(),
      );
    expect(explored('reject').violations).toEqual([]);
    expect(explored('reject').states).toBeGreaterThan(explored('queue').states);
  });
});
