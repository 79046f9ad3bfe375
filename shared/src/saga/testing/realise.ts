/** Draws a random saga and tells its participants what to do. */
import type { Participant } from '../simulate.js';
import type { SagaDefinition } from '../definition.js';
import type { Arrival, OnFailure, Part, RandomSaga, StepOption, Timeout } from './random-saga.js';
import { workflow } from './workflow.js';
import type { Build, WorkflowBuilder } from './workflow.js';

type Script = Record<string, Participant>;
type PartOf<K extends Part['kind']> = Extract<Part, { kind: K }>;

const SOON_MS = 1000;
const TIMEOUT_MS = 60_000;
const DELAY_MS = 60_000;
/** After every time-out and delay of one step, before the next reminder but one. */
const LATE_MS = 150_000;

/** The saga's definition and the script of its participants. */
export function realise(saga: RandomSaga): { definition: SagaDefinition; script: Script } {
  const drawing = new Drawing();
  const variables = { written: 0 };
  const { deadlineMs, places } = saga;
  const concurrency = { key: 'one', limit: 1, policy: 'queue' } as const;
  const start = workflow().settings({
    variables,
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(places && { concurrency }),
  });
  const definition = drawing.all(start, saga.parts).definition();
  const { forgetsBeyond } = saga;
  return {
    definition: forgetsBeyond === undefined ? definition : { ...definition, forgetsBeyond },
    script: saga.goesOn === true ? goingOn(drawing.script) : drawing.script,
  };
}

const goingOn = (script: Script): Script =>
  Object.fromEntries(Object.entries(script).map(([step, each]) => [step, { ...each, goesOn: true }]));

class Drawing {
  readonly script: Script = {};
  private count = 0;

  all(path: WorkflowBuilder, parts: readonly Part[]): WorkflowBuilder {
    return parts.reduce((at, part) => this.add(at, part), path);
  }

  private add(path: WorkflowBuilder, part: Part): WorkflowBuilder {
    this.count += 1;
    const name = `${part.kind.replace('-', '')}${this.count}`;
    const build =
      (parts: readonly Part[]): Build =>
      (inner) =>
        this.all(inner, parts);
    switch (part.kind) {
      case 'step':
        return this.step(path, name, part);
      case 'pivot':
        this.script[name] = { forward: part.forward };
        return path.step(name, { undo: 'pivot' });
      case 'transform':
        return path.transform(name, { sum: 1 }, part.writes ? { assign: { written: '{{ vars.written + 1 }}' } } : {});
      case 'code':
        this.script[name] = {
          compute: () => {
            if (part.fails) throw new Error('The code fails.');
            return null;
          },
        };
        return path.code(name, 'return null;', failing(name, part.onFailure));
      case 'delay':
        return path.delay(name, DELAY_MS);
      case 'respond':
        return path.respond(name, { body: { done: true } });
      case 'wait':
        this.script[name] = events(name, part.event);
        return path.wait(name, eventOf(name), timing(name, part.timeout));
      case 'task':
        return this.task(path, name, part, build);
      case 'race':
        this.script[name] = {
          ...events(name, part.event),
          ...(part.answered && { task: { afterMs: 2 * SOON_MS, outcome: 'done' } }),
        };
        return path.race(name, {
          event: { event: eventOf(name), then: build(part.onEvent) },
          timer: { afterMs: TIMEOUT_MS, then: build(part.onTimer) },
          task: { outcomes: ['done'], then: build(part.onTask) },
        });
      case 'call':
        return this.call(path, name, part);
      case 'branch':
        return path.branch(name, { [when(part.choice)]: build(part.yes), else: build(part.no) });
      case 'inclusive': {
        const { choices, branches, losers } = part;
        const cases = choices.map((choice, index) => [when(choice, index), build(branches[index] ?? [])] as const);
        const all = { ...Object.fromEntries(cases), else: build(branches.at(-1) ?? []) };
        return path.inclusive(name, all, part.join === 'all' ? { kind: 'all' } : { kind: 'any', losers });
      }
      case 'parallel': {
        const { losers } = part;
        const n = Math.max(1, part.branches.length - 1);
        const mode =
          part.join === 'all'
            ? ({ kind: 'all' } as const)
            : part.join === 'any'
              ? ({ kind: 'any', losers } as const)
              : ({ kind: 'n-of-m', n, losers } as const);
        return path.parallel(name, part.branches.map(build), mode);
      }
      case 'scope':
        return this.scope(path, name, part, build);
      case 'for-each':
        return path.forEach(name, `{{ [1..${part.items}] }}`, build(part.body), {
          ...(part.limit !== null && { limit: part.limit }),
          onItemFailure: part.policy,
          ...failing(name, part.onFailure),
          ...timing(name, part.timeout),
        });
      case 'repeat':
        return path.repeat(name, build(part.body), {
          until: `{{ index >= ${part.passes} }}`,
          test: part.test,
          ...(part.bound !== 'none' && { maxPasses: 1, onBound: part.bound }),
          ...failing(name, part.onFailure),
          ...timing(name, part.timeout),
        });
      case 'fail-if':
        return path.branch(name, {
          [when(part.choice)]: (inner) => inner.fail(`${name}Fail`),
          else: (inner) => inner.transform(`${name}Else`, {}),
        });
      case 'terminate-if':
        return path.branch(name, {
          [when(part.choice)]: (inner) => inner.terminate(`${name}Stop`),
          else: (inner) => inner.transform(`${name}Else`, {}),
        });
    }
  }

  private step(path: WorkflowBuilder, name: string, part: PartOf<'step'>): WorkflowBuilder {
    const { forward, back, onlyAt, option, effect } = part;
    this.script[name] = { forward, undo: back, ...(onlyAt !== undefined && { onlyAt }), ...takenSlot(option) };
    const undo =
      part.undo === 'compensation'
        ? undoOf(name)
        : part.undo === 'none'
          ? ({ kind: 'not-needed', reason: 'test' } as const)
          : part.undo;
    return path.step(name, { effect, undo, ...failing(name, part.onFailure), ...setting(name, option) });
  }

  private call(path: WorkflowBuilder, name: string, part: PartOf<'call'>): WorkflowBuilder {
    const { forward, back, end, refusesCancel, refusesUndo, mode, option } = part;
    const child = { afterMs: SOON_MS, end, refusesCancel, refusesUndo };
    this.script[name] = { forward, undo: back, child, ...takenSlot(option) };
    const undo =
      part.undo === 'child' ? {} : { undo: part.undo === 'compensation' ? undoOf(name) : ('irreversible' as const) };
    return path.call(name, { mode, ...undo, ...failing(name, part.onFailure), ...setting(name, option) });
  }

  private task(
    path: WorkflowBuilder,
    name: string,
    part: PartOf<'task'>,
    build: (parts: readonly Part[]) => Build,
  ): WorkflowBuilder {
    if (part.answer !== 'nobody') this.script[name] = { task: { afterMs: LATE_MS / 4, outcome: part.answer } };
    const nudges = { reminderMs: TIMEOUT_MS / 4, escalation: { afterMs: TIMEOUT_MS / 3, to: ['boss'] } };
    return path.task(
      name,
      { yes: build(part.yes), no: build(part.no) },
      { ...(part.nudges && { task: nudges }), ...timing(name, part.timeout) },
    );
  }

  private scope(
    path: WorkflowBuilder,
    name: string,
    part: PartOf<'scope'>,
    build: (parts: readonly Part[]) => Build,
  ): WorkflowBuilder {
    this.script[name] = { undo: part.back };
    const undo =
      part.undo === 'inside'
        ? {}
        : part.undo === 'not-needed'
          ? { undo: { kind: 'not-needed', reason: 'test' } as const }
          : { undo: part.undo === 'irreversible' ? ('irreversible' as const) : OWN_UNDO };
    return path.scope(name, build(part.body), {
      variables: { written: 0 },
      ...(part.handler && { handler: build(part.handler) }),
      ...(part.resume && { resume: build(part.resume) }),
      ...(part.asUnit && { undoAsUnit: true }),
      ...undo,
      ...failing(name, part.onFailure),
      ...timing(name, part.timeout),
    });
  }
}

/** Different text for each case, so that each has its own way. */
const when = (choice: boolean, index = 0) => `{{ ${choice ? '1 = 1' : '1 = 2'}${' and 1 = 1'.repeat(index)} }}`;

/** Reads the step's output, so that its input is another one after a late success (S22). */
const undoOf = (name: string) =>
  ({
    kind: 'compensation',
    name: `undo ${name}`,
    connector: 'test',
    operation: 'undo',
    input: { done: '{{ step.output.ok }}' },
  }) as const;

const OWN_UNDO = {
  kind: 'compensation',
  name: 'undo all',
  connector: 'test',
  operation: 'undo',
  input: { all: true },
} as const;

function failing(name: string, onFailure: OnFailure): { onFailure: OnFailure; error?: Build } {
  if (onFailure !== 'error-edge') return { onFailure };
  return { onFailure, error: (aside) => aside.transform(`${name}Error`, {}) };
}

function timing(name: string, timeout: Timeout): { timeoutMs?: number; timeout?: Build } {
  if (timeout === 'none') return {};
  if (timeout === 'fails') return { timeoutMs: TIMEOUT_MS };
  return { timeoutMs: TIMEOUT_MS, timeout: (aside) => aside.transform(`${name}Timeout`, {}) };
}

function setting(name: string, option: StepOption | undefined): object {
  switch (option) {
    case undefined:
      return {};
    case 'skip':
      return { skipWhen: when(true) };
    case 'slot':
      return { concurrency: { key: 'one', limit: 1 } };
    case 'rate':
      return { rate: { key: 'all', limit: 1, perMs: 10_000 } };
    case 'total':
      return { totalTimeoutMs: 2 * SOON_MS };
    case 'key':
      return { idempotencyKey: `{{ run.id & "/${name}" }}` };
    case 'timeout-edge':
      return { timeout: (aside: WorkflowBuilder) => aside.transform(`${name}Timeout`, {}) };
  }
}

const takenSlot = (option: StepOption | undefined): Participant =>
  option === 'slot' || option === 'rate' ? { slotTakenMs: 5 * SOON_MS } : {};

/** Each wait has a type of its own, and knows its event by the run that it is about. */
const eventOf = (name: string) => ({
  type: `happened.${name}`,
  correlation: { path: 'data.run', value: '{{ run.id }}' },
  filter: { data: { good: [true] } },
});

/** Two that look alike but are not meant, and the one that is. */
function events(name: string, arrival: Arrival): Participant {
  const type = `happened.${name}`;
  const ofOther = { afterMs: SOON_MS / 2, from: 'opening', type, data: { run: 'other', good: true } } as const;
  const bad = { afterMs: SOON_MS / 2, from: 'opening', type, data: { run: 'run', good: false } } as const;
  if (arrival === 'never') return { events: [ofOther, bad] };
  const afterMs = arrival === 'early' ? 0 : arrival === 'soon' ? SOON_MS : LATE_MS;
  const from = arrival === 'early' ? 'start' : 'opening';
  return { events: [ofOther, bad, { afterMs, from, type, data: { run: 'run', good: true } }] };
}
