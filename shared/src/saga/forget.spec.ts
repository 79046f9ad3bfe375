/** Loops over very many items: what leaves the state when an item is over, and that it shows in nothing the run does. */
import { describe, expect, it } from '@jest/globals';
import { checkRun } from './check-run.js';
import { neverForgetting } from './forget.js';
import { SINGLE_ATTEMPT } from './retry.js';
import { RunFold } from './run-fold.js';
import { evolve, replay } from './replay.js';
import { undoPlan } from './undo-plan.js';
import { undoRefusal } from './requests.js';
import { handRun, REGRESSION_SAGAS, workflow } from './testing/index.js';
import { checkSaga } from './testing/check-saga.js';
import type { HandRun, WorkflowBuilder } from './testing/index.js';
import type { SagaDefinition } from './definition.js';

const forgetful = (path: WorkflowBuilder): SagaDefinition => ({ ...path.definition(), forgetsBeyond: 1 });

const items = (count: number) => `{{ [1..${count}] }}`;

/** Answers every call as it comes, the oldest first. */
async function succeedAll(run: HandRun, except: readonly string[] = []): Promise<void> {
  for (;;) {
    const call = run.inFlight.find((each) => !except.includes(each));
    if (call === undefined) return;
    await run.answer(call, 'succeed');
  }
}

const undone = (run: HandRun) =>
  run.journal.flatMap((entry) =>
    entry.type === 'step.succeeded' && entry.direction === 'undo' ? [`${entry.step}@${entry.path}`] : [],
  );

const wellKept = (run: HandRun) => checkRun(run.definition, { journal: run.journal, state: run.state });

const bodies = (run: HandRun) => run.state.scopes['@all']?.loop?.bodies;

describe('a loop over more items than a run keeps in mind', () => {
  it('holds only what is under way, and comes to the same', async () => {
    const saga = workflow().forEach('all', items(40), (path) => path.transform('twice', '{{ item * 2 }}'));
    const run = await handRun(forgetful(saga.end('end', '{{ steps.all.output }}')));
    const results = Array.from({ length: 40 }, (_, index) => (index + 1) * 2);
    expect(run.state.output).toEqual({ results, errors: [], failed: 0, count: 40 });
    expect(Object.keys(run.state.instances)).toEqual(['all', 'end']);
    expect(Object.keys(run.state.scopes)).toEqual(['root', '@all']);
    expect(Object.keys(run.state.transitions).filter((key) => key.includes('['))).toEqual([]);
    expect(wellKept(run)).toEqual([]);
  });

  it('keeps every item of a smaller loop', async () => {
    const saga = workflow().forEach('all', items(3), (path) => path.transform('twice', '{{ item * 2 }}'));
    const run = await handRun({ ...saga.definition(), forgetsBeyond: 3 });
    expect(bodies(run)).toEqual([0, 1, 2]);
  });

  it('forgets passes of a repeat, except those that the next one reads', async () => {
    const saga = workflow().repeat('all', (path) => path.transform('sum', '{{ (previous ? previous : 0) + 1 }}'), {
      until: '{{ index >= 9 }}',
    });
    const run = await handRun(forgetful(saga.end('end', '{{ steps.all.output }}')));
    expect(run.state.output).toBe(9);
    expect(bodies(run)).toEqual([7, 8]);
  });

  it('can keep nothing of the results, and tells of failed items by number', async () => {
    const saga = workflow().forEach(
      'all',
      items(4),
      (path) =>
        path.branch('which', {
          '{{ item = 2 }}': (aside) => aside.fail('no'),
          else: (aside) => aside.transform('ok', {}),
        }),
      { onItemFailure: 'collect', results: 'none' },
    );
    const run = await handRun(forgetful(saga.end('end', '{{ steps.all.output }}')));
    expect(run.state.output).toMatchObject({ results: [], failed: 1, count: 4, errors: [{ index: 1 }] });
  });

  it('fails when the results come to more than a run can keep, and says how to mend it', async () => {
    const big = 'x'.repeat(9 * 1024 * 1024);
    const saga = workflow().forEach('all', items(3), (path) => path.code('load', 'return big;'));
    const run = await handRun(forgetful(saga), { code: () => Promise.resolve(big) });
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'for-each.results-too-big' } });
    expect(run.state.failure?.message).toContain('"results": "none"');
  });

  describe('when it has to be undone', () => {
    const booked = (limit?: number) =>
      forgetful(
        workflow()
          .step('open')
          .forEach('all', items(4), (path) => path.step('book').transform('note', {}).step('tell'), {
            ...(limit !== undefined && { limit }),
          })
          .step('ship'),
      );

    async function refused(limit?: number): Promise<HandRun> {
      const run = await handRun(booked(limit));
      await succeedAll(run, ['ship']);
      expect(bodies(run)).toEqual([]);
      await run.answer('ship', 'refuse');
      return run;
    }

    it('brings back one item after another, the last first (S16)', async () => {
      const run = await refused();
      expect(run.inFlight).toEqual(['undo tell@all[3]']);
      await succeedAll(run);
      expect(undone(run)).toEqual([
        ...[3, 2, 1, 0].flatMap((index) => [`tell@all[${index}]`, `book@all[${index}]`]),
        'open@',
      ]);
      expect(run.state.status).toBe('compensated');
      expect(bodies(run)).toEqual([]);
      expect(wellKept(run)).toEqual([]);
    });

    it('brings back no more items at a time than go on at a time', async () => {
      const run = await refused(2);
      expect(run.inFlight).toEqual(['undo tell@all[3]', 'undo tell@all[2]']);
      await run.answer('undo tell@all[2]', 'succeed');
      await run.answer('undo book@all[2]', 'succeed');
      expect(run.inFlight).toEqual(['undo tell@all[3]', 'undo tell@all[1]']);
      await succeedAll(run);
      expect(run.state.status).toBe('compensated');
      expect(wellKept(run)).toEqual([]);
    });

    it('is not held up by an item whose undo waits for a person, where items are independent (S20)', async () => {
      const run = await refused(2);
      await run.answer('undo tell@all[3]', 'refuse');
      await succeedAll(run);
      expect(undone(run)).toEqual(expect.arrayContaining([0, 1, 2].map((index) => `book@all[${index}]`)));
      expect(undone(run)).not.toContain('open@');
      await run.resolve({ kind: 'skip', reason: 'told by hand' });
      await succeedAll(run);
      expect(run.state.status).toBe('compensated');
      expect(wellKept(run)).toEqual([]);
    });

    it('stands in the order of undo for its items, and is told of in the plan', async () => {
      const run = await handRun(booked());
      await succeedAll(run);
      expect(undoRefusal(run.definition, run.state)).toBeNull();
      const plan = undoPlan(run.definition, run.state).steps.map(({ instance, order }) => [instance, order]);
      expect(plan).toEqual([
        ['ship', 1],
        ['all', 2],
        ['open', 3],
      ]);
    });

    it('is undone after the run has ended as well (S26), with what each undo was promised (S17)', async () => {
      const run = await handRun(booked());
      await succeedAll(run);
      run.append({ type: 'run.undo-requested', by: { kind: 'user', id: 'p', name: 'P' }, reason: 'test', at: run.now });
      await run.goOn();
      await succeedAll(run);
      expect(run.state.status).toBe('compensated');
      const inputs = (direction: string) =>
        run.journal.flatMap((entry) =>
          entry.type === 'step.started' && entry.direction === direction
            ? [[entry.step + entry.path, entry.input]]
            : [],
        );
      const told = replay(neverForgetting(run.definition), run.journal);
      for (const [id, input] of inputs('undo')) {
        const instance = Object.values(told?.instances ?? {}).find(({ step, path }) => step + path === id);
        expect(instance?.undo.input).toEqual({ kind: 'value', value: input });
      }
      expect(inputs('undo')).toHaveLength(10);
    });

    it('is undone by a cancel, with the item that was under way (S25)', async () => {
      const run = await handRun(booked());
      await run.answer('open', 'succeed');
      for (const call of ['book@all[0]', 'tell@all[0]', 'book@all[1]']) await run.answer(call, 'succeed');
      await run.cancel();
      await run.answer('tell@all[1]', 'succeed');
      await succeedAll(run);
      expect(undone(run)).toEqual(['tell@all[1]', 'book@all[1]', 'tell@all[0]', 'book@all[0]', 'open@']);
      expect(run.state.status).toBe('cancelled');
      expect(wellKept(run)).toEqual([]);
    });
  });

  it('keeps an item in mind that may yet be told to have taken effect (S22)', async () => {
    const saga = workflow().forEach('all', items(3), (path) =>
      path.step('book', { retry: SINGLE_ATTEMPT, onFailure: 'continue' }),
    );
    const run = await handRun(forgetful(saga.step('ship')));
    await run.answer('book@all[0]', 'succeed');
    await run.answer('book@all[1]', 'lost');
    await run.answer('book@all[2]', 'succeed');
    expect(bodies(run)).toEqual([1]);
    await run.answerAttempt('book@all[1]', 1, 'succeed');
    await run.answer('ship', 'refuse');
    await succeedAll(run);
    expect(undone(run)).toEqual(['book@all[2]', 'book@all[1]', 'book@all[0]']);
    expect(wellKept(run)).toEqual([]);
  });
});

describe('folding in place', () => {
  it('gives the states that evolve gives, entry by entry, and changes none of them (I11)', async () => {
    for (const { saga } of REGRESSION_SAGAS.slice(0, 12)) {
      const { definition, run } = await checkSaga({ ...saga, forgetsBeyond: 0 });
      const fold = new RunFold(definition);
      let state: ReturnType<typeof replay> = null;
      for (const entry of run.journal) {
        const before: string = JSON.stringify(state);
        const next = evolve(definition, state, entry);
        expect(JSON.stringify(state)).toBe(before);
        fold.fold(entry);
        expect(fold.state).toEqual(next);
        state = next;
      }
    }
  });
});
