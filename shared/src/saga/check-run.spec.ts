import { describe, expect, it } from '@jest/globals';
import { checkRun } from './check-run.js';
import type { Observation } from './check-run.js';
import { checkBodies } from './check-run/bodies.js';
import { checkEntry } from './check-run/entries.js';
import type { SagaDefinition } from './definition.js';
import { replay } from './replay.js';
import { instanceId } from './instance.js';
import type { Entry, EntryType } from './journal.js';
import { simulate, terminal } from './simulate.js';
import type { Script, SimulateOptions } from './simulate.js';
import { workflow } from './testing/index.js';

type Change = (journal: Entry[]) => Entry[];

/** What the checker says of a true run whose journal was tampered with afterwards. */
async function tampered(
  definition: SagaDefinition,
  script: Script,
  change: Change,
  options: SimulateOptions = {},
): Promise<string[]> {
  const run = await simulate(definition, script, options);
  expect(checkRun(definition, run)).toEqual([]);
  const journal = change([...run.journal]).map((entry, index) => ({ ...entry, seq: index + 1 }));
  const state = replay(definition, journal);
  if (state === null) throw new Error('The journal is empty.');
  return checkRun(definition, { journal, state });
}

const rules = (violations: readonly string[]) => [...new Set(violations.map((each) => each.split(':')[0]))].sort();

const isOf = (entry: Entry, type: EntryType, id: string, direction = 'forward') =>
  entry.type === type &&
  'step' in entry &&
  instanceId(entry) === id &&
  (!('direction' in entry) || entry.direction === direction);
const indexOf = (journal: readonly Entry[], type: EntryType, id: string, direction?: string) => {
  const found = journal.findIndex((entry) => isOf(entry, type, id, direction));
  expect(found).toBeGreaterThanOrEqual(0);
  return found;
};
const changed = (journal: readonly Entry[], index: number, fields: object): Entry[] =>
  journal.map((entry, at) => (at === index ? ({ ...entry, ...fields } as Entry) : entry));

const shop = () => workflow().step('reserve').step('charge').step('ship').definition();
const REFUSED = { ship: terminal() };

describe('the checker, shown a journal that is not right', () => {
  it('finds gaps (I2)', async () => {
    const run = await simulate(shop());
    const journal = run.journal.map((entry, index) => (index < 3 ? entry : { ...entry, seq: entry.seq + 1 }));
    expect(rules(checkRun(shop(), { ...run, journal }))).toContain('I2');
  });

  it('finds a second outcome of one attempt (I2)', async () => {
    const found = await tampered(shop(), {}, (journal) => {
      const at = indexOf(journal, 'step.succeeded', 'reserve');
      return journal.toSpliced(at, 0, ...journal.slice(at, at + 1));
    });
    expect(found).toContain('I2: attempt reserve forward 1 was answered twice');
  });

  it('finds entries after the end (I2)', async () => {
    const found = await tampered(shop(), {}, (journal) => [...journal, ...journal.slice(-1)]);
    expect(rules(found)).toEqual(['I2']);
  });

  it('finds steps that nothing led to (I6)', async () => {
    const found = await tampered(shop(), {}, (journal) =>
      journal.filter((entry) => !isOf(entry, 'step.succeeded', 'reserve')),
    );
    expect(rules(found)).toContain('I6');
  });

  it('finds steps that begin in a body that is being stopped (S15)', async () => {
    const found = await tampered(shop(), REFUSED, (journal) => {
      const ship = journal[indexOf(journal, 'step.started', 'ship')];
      const failed = indexOf(journal, 'step.failed', 'ship');
      return ship ? journal.toSpliced(failed + 1, 0, { ...ship, attempt: 2 } as Entry) : journal;
    });
    expect(rules(found)).toContain('S15');
  });

  it('finds undos in the wrong order, also across bodies (S16)', async () => {
    const flipped = (definition: SagaDefinition, first: string, second: string) =>
      tampered(definition, REFUSED, (journal) => {
        const undo = (id: string) =>
          journal.filter(
            (entry) =>
              'step' in entry && 'direction' in entry && entry.direction === 'undo' && instanceId(entry) === id,
          );
        const rest = journal.filter((entry) => ![...undo(first), ...undo(second)].includes(entry));
        return [...rest.slice(0, -1), ...undo(first), ...undo(second), ...rest.slice(-1)];
      });
    expect(rules(await flipped(shop(), 'reserve', 'charge'))).toEqual(['S16']);
    expect(rules(await flipped(shop(), 'charge', 'reserve'))).toEqual([]);
    const inside = workflow()
      .step('a')
      .scope('s', (path) => path.step('b'))
      .forEach('each', '{{ [1..2] }}', (path) => path.step('c'))
      .repeat('twice', (path) => path.step('d'))
      .step('ship')
      .definition();
    expect(rules(await flipped(inside, 'a', 'b@s'))).toEqual(['S16']);
    expect(rules(await flipped(inside, 'b@s', 'c@each[0]'))).toEqual(['S16']);
    expect(rules(await flipped(inside, 'c@each[0]', 'c@each[1]'))).toEqual(['S16']);
    expect(rules(await flipped(inside, 'd@twice[0]', 'd@twice[1]'))).toEqual(['S16']);
    expect(rules(await flipped(inside, 'c@each[1]', 'd@twice[0]'))).toEqual(['S16']);
  });

  it('finds undos that nobody wanted (S14)', async () => {
    const found = await tampered(shop(), {}, (journal) => {
      const at = indexOf(journal, 'step.started', 'charge');
      const undo: Entry = { ...(journal[at] as Entry), step: 'reserve', direction: 'undo', key: 'k' } as Entry;
      return journal.toSpliced(at, 0, undo);
    });
    expect(rules(found)).toContain('S14');
  });

  it('finds runs that end with something left to do (S14, S28)', async () => {
    const found = await tampered(shop(), REFUSED, (journal) =>
      journal.filter((entry) => !('direction' in entry && entry.direction === 'undo')),
    );
    expect(rules(found)).toContain('S14');
    const alive = await tampered(shop(), {}, (journal) =>
      journal.filter((entry) => !isOf(entry, 'step.succeeded', 'end')),
    );
    expect(rules(alive)).toContain('S28');
  });

  it('finds timers, retries, time-outs and reminders that fire early (S29)', async () => {
    const early = (definition: SagaDefinition, script: Script, type: EntryType, id: string, last = false) =>
      tampered(definition, script, (journal) => {
        const at = last ? journal.findLastIndex((entry) => isOf(entry, type, id)) : indexOf(journal, type, id);
        return changed(journal, at, { at: journal[0]?.at });
      });
    expect(rules(await early(workflow().delay('d', 1000).definition(), {}, 'step.succeeded', 'd'))).toContain('S29');
    const busy = { reserve: { forward: ['busy'] as const } };
    expect(rules(await early(shop(), busy, 'step.started', 'reserve', true))).toContain('S29');
    const task = workflow()
      .task('t', { yes: (path) => path }, { timeoutMs: 5000, task: { reminderMs: 1000 } })
      .definition();
    expect(rules(await early(task, {}, 'task.nudged', 't'))).toContain('S29');
    expect(rules(await early(task, {}, 'step.failed', 't'))).toContain('S29');
    const scope = workflow()
      .scope('s', (path) => path.delay('d', 9000), { timeoutMs: 1000 })
      .definition();
    expect(rules(await early(scope, {}, 'scope.timed-out', 's'))).toContain('S29');
  });

  it('finds one key for two requests (S4)', async () => {
    const found = await tampered(shop(), {}, (journal) =>
      changed(journal, indexOf(journal, 'step.started', 'charge'), { key: 'run:reserve:forward' }),
    );
    expect(rules(found)).toContain('S4');
  });

  it('finds steps that begin without their slot (S30)', async () => {
    const saga = workflow()
      .step('a', { concurrency: { key: 'one', limit: 1 } })
      .definition();
    const found = await tampered(saga, {}, (journal) => journal.filter(({ type }) => type !== 'step.admitted'));
    expect(rules(found)).toContain('S30');
  });

  it('finds undos after the pivot (I8)', async () => {
    const saga = workflow().step('a').step('turn', { undo: 'pivot' }).step('b').definition();
    const run = await simulate(saga);
    const at = run.journal.findIndex((entry) => isOf(entry, 'step.succeeded', 'turn')) + 1;
    const state = replay(saga, run.journal.slice(0, at));
    if (!state?.scopes['root']) throw new Error('The run has not begun.');
    const undo = { ...(run.journal[1] as Entry), direction: 'undo', seq: at + 1 } as Entry;
    const scopes = { root: { ...state.scopes['root'], status: 'compensating' as const } };
    expect(rules(checkEntry(saga, { ...state, scopes, undoing: ['a'] }, undo))).toContain('I8');
  });
});

describe('the checker, shown a state that is not right', () => {
  const inScope = () =>
    workflow()
      .scope('s', (path) => path.step('a'))
      .definition();

  it('finds a state that is not what the journal tells (I11)', async () => {
    const run = await simulate(shop());
    expect(rules(checkRun(shop(), { ...run, state: { ...run.state, output: 'other' } }))).toEqual(['I11']);
  });

  it('finds miscounted and orphaned steps (S28), and life in closed bodies (S15)', async () => {
    const { journal } = await simulate(inScope());
    const state = replay(inScope(), journal.slice(0, 3));
    const body = state?.scopes['@s'];
    if (!state || !body) throw new Error('The scope has not been opened.');
    const withBody = (fields: Partial<typeof body>) => ({
      ...state,
      scopes: { ...state.scopes, '@s': { ...body, ...fields } },
    });
    expect(checkBodies(inScope(), state)).toEqual([]);
    expect(rules(checkBodies(inScope(), withBody({ alive: 2 })))).toEqual(['S28']);
    expect(rules(checkBodies(inScope(), withBody({ status: 'closed' })))).toEqual(['S15']);
    expect(rules(checkBodies(inScope(), { ...state, live: ['a@s'] }))).toEqual(['S15', 'S28']);
  });
});

describe('the checker, shown a ledger that is not right', () => {
  const withLedger = async (
    change: (ledger: NonNullable<Observation['ledger']>) => Observation['ledger'],
    script: Script,
  ) => {
    const run = await simulate(shop(), script);
    return rules(checkRun(shop(), { ...run, ledger: change(run.ledger) }));
  };

  it('finds calls without intent (I3) and keys that took effect twice (I5)', async () => {
    expect(
      await withLedger(({ calls, net }) => ({ net, calls: calls.map((call) => ({ ...call, intentSeq: 1 })) }), {}),
    ).toEqual(['I3']);
    expect(await withLedger(({ calls, net }) => ({ net, calls: [...calls, ...calls] }), {})).toEqual(['I5']);
  });

  it('finds effects that are in force after everything was undone (I7)', async () => {
    expect(await withLedger(({ calls, net }) => ({ calls, net: { ...net, charge: 1 } }), REFUSED)).toEqual(['I7']);
    expect(await withLedger(({ calls, net }) => ({ calls, net: { ...net, charge: 1 } }), {})).toEqual([]);
  });
});
