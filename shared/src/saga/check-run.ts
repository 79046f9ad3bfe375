/**
 * Checks a journal against the rules that every run keeps, whatever happened (I2, I3, I5-I8, I11, S4, S14-S16, S18, S20,
 * S22-S24, S27-S30). Order, effects and counts are worked out here once more, not taken from the code that is checked.
 */
import { checkAlive } from './check-run/alive.js';
import { checkBodies } from './check-run/bodies.js';
import { checkEnd, checkLedger } from './check-run/ending.js';
import type { Ledger } from './check-run/ending.js';
import { checkEntry } from './check-run/entries.js';
import { Doubts } from './check-run/again.js';
import { checkCut } from './check-run/cut.js';
import { isSharedByItems, Names } from './check-run/names.js';
import { Plans } from './check-run/plan.js';
import { isSame } from './check-run/same.js';
import { FORGETS_BEYOND } from './definition.js';
import type { SagaDefinition } from './definition.js';
import { neverForgetting } from './forget.js';
import { evolve, replay } from './replay.js';
import { instanceId } from './instance.js';
import type { Entry } from './journal.js';
import type { RunState } from './state.js';

export { checkAlive } from './check-run/alive.js';

/** What an observer saw of one run; the ledger is absent where participants are not simulated. */
export interface Observation {
  readonly journal: readonly Entry[];
  readonly state: RunState;
  readonly ledger?: Ledger;
}

/** @returns one sentence per violation, each beginning with its rule; empty when all is well */
export function checkRun(definition: SagaDefinition, { journal, state, ledger }: Observation): string[] {
  const found = new Set<string>();
  const add = (violations: readonly string[]) => violations.forEach((each) => found.add(each));
  if (!isSame(replay(definition, journal), state)) found.add('I11: replaying the journal gives another state');
  if (forgets(definition, journal)) add(checkStates(definition, journal));
  add(checkCut(definition, journal, state, cutOf(journal)));
  // What a run forgets is looked at as if it had kept it in mind: forgetting must show in nothing that it does.
  const whole = neverForgetting(definition);
  const known = replay(whole, journal) ?? state;
  if (known.status !== state.status)
    found.add(`I11: the run is ${state.status}, and ${known.status} had it forgotten nothing`);
  add(checkJournal(whole, journal));
  add(checkEnd(whole, known));
  if (ledger) add(checkLedger(whole, journal, known, ledger));
  return [...found];
}

/** Some loop of it has had more items or passes than the run keeps in mind. */
function forgets({ forgetsBeyond = FORGETS_BEYOND }: SagaDefinition, journal: readonly Entry[]): boolean {
  let passes = 0;
  return journal.some((entry) => {
    if (entry.type === 'step.continued') passes += 1;
    return (
      passes >= Math.max(1, forgetsBeyond) ||
      (entry.type === 'step.opened' && (entry.items?.length ?? 0) > forgetsBeyond)
    );
  });
}

/** Somewhere in the middle, for each journal somewhere else. */
const cutOf = (journal: readonly Entry[]) => 1 + ((journal.at(-1)?.at ?? 0) % journal.length);

/** What holds at every moment of the run as it was, with what it has forgotten. */
function checkStates(definition: SagaDefinition, journal: readonly Entry[]): string[] {
  const found: string[] = [];
  let state: RunState | null = null;
  for (const entry of journal) {
    const next: RunState = evolve(definition, state, entry);
    found.push(...checkBodies(definition, next), ...checkAlive(definition, next, entry.at));
    state = next;
  }
  if (state !== null) found.push(...checkEnd(definition, state));
  return found;
}

function checkJournal(definition: SagaDefinition, journal: readonly Entry[]): string[] {
  const found: string[] = [];
  const [requests, names, doubts, plans] = [new Requests(), new Names(), new Doubts(), new Plans(definition)];
  let state: RunState | null = null;
  journal.forEach((entry, index) => {
    if (entry.seq !== index + 1) found.push(`I2: entry ${index + 1} has number ${entry.seq}`);
    if (state !== null)
      found.push(
        ...checkEntry(definition, state, entry),
        ...requests.check(definition, state, entry),
        ...names.check(definition, state, entry),
        ...doubts.check(definition, state, entry),
      );
    const next: RunState = evolve(definition, state, entry);
    if (state !== null) found.push(...plans.check(state, entry, next));
    found.push(...checkBodies(definition, next), ...checkAlive(definition, next, entry.at));
    state = next;
  });
  return found;
}

/** What was asked of participants, and answered, so far. */
class Requests {
  private readonly inputs = new Map<string, string>();
  private readonly keys = new Map<string, string>();
  private readonly answered = new Set<string>();

  check(definition: SagaDefinition, state: RunState, entry: Entry): string[] {
    switch (entry.type) {
      case 'step.started':
        if (isSharedByItems(definition, entry)) return [];
        return this.asked(`${instanceId(entry)} ${entry.direction}`, entry.key, JSON.stringify(entry.input));
      case 'incident.resolved': {
        // What a person has repeated with other input, while nobody knows what came of it, goes by the same key on purpose.
        const { instance, direction } = state.incidents[entry.incident] ?? {};
        if (entry.resolution.kind === 'retry-with-input')
          this.inputs.delete(this.keys.get(`${instance} ${direction}`) ?? '');
        return [];
      }
      case 'step.succeeded':
      case 'step.failed':
      case 'step.unknown': {
        if (entry.type === 'step.succeeded' && entry.late) return [];
        // The end of a child answers the attempt that was in flight when it was found to have been started.
        if (definition.steps[entry.step]?.kind === 'call') return [];
        const attempt = `${instanceId(entry)} ${entry.direction} ${entry.attempt}`;
        if (this.answered.has(attempt)) return [`I2: attempt ${attempt} was answered twice`];
        this.answered.add(attempt);
        return [];
      }
      default:
        return [];
    }
  }

  private asked(who: string, key: string, input: string): string[] {
    this.keys.set(who, key);
    if ((this.inputs.get(key) ?? input) !== input) return [`S4: key ${key} stands for two requests`];
    this.inputs.set(key, input);
    return [];
  }
}
