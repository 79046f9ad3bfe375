/** One saga of a count and seed, checked; what the threads and the shrinking have in common. */
import { seededRandom } from '@sagawright/shared/kernel';
import { explore } from '@sagawright/shared/saga';
import { checkSaga, randomSaga, smaller } from '@sagawright/shared/testing';
import type { RandomSaga } from '@sagawright/shared/testing';

/** Every tenth saga is explored as well: all outcomes in all orders, up to so many states. */
const EXPLORED = 10;
export const EXPLORED_STATES = 500;

/** Another seed is another order of events: a smaller saga gets a few chances to show the same. */
const ORDERS = 20;

export interface Checked {
  readonly violations: readonly string[];
  readonly entries: number;
  readonly states: number;
  readonly exploredMs: number;
}

export const sagaOf = (seed: number, index: number): RandomSaga => randomSaga(seededRandom(seed * 1_000_003 + index));

export async function check(seed: number, index: number): Promise<Checked> {
  try {
    const { definition, run, violations } = await checkSaga(sagaOf(seed, index));
    const entries = run.journal.length;
    if (index % EXPLORED !== 0) return { violations, entries, states: 0, exploredMs: 0 };
    const begun = performance.now();
    const walk = explore(definition, { maxStates: EXPLORED_STATES, undoFinished: true });
    const exploredMs = performance.now() - begun;
    return { violations: [...violations, ...walk.violations], entries, states: walk.states, exploredMs };
  } catch (error) {
    return { violations: [thrown(error)], entries: 0, states: 0, exploredMs: 0 };
  }
}

/** The saga itself and, when that is asked for, every way that it can take. A saga that cannot be run at all is broken too. */
export async function violationsOf(saga: RandomSaga): Promise<readonly string[]> {
  try {
    return (await checkSaga(saga, EXPLORED_STATES)).violations;
  } catch (error) {
    return [thrown(error)];
  }
}

const thrown = (error: unknown) => `broken: ${error instanceof Error ? error.message : String(error)}`;

/** The smallest saga found that breaks the same rule. */
export async function shrink(saga: RandomSaga): Promise<RandomSaga> {
  const rule = ruleOf(await violationsOf(saga));
  let smallest = saga;
  for (let found = true; found;) {
    found = false;
    for (const candidate of smaller(smallest)) {
      const worse = await firstWorse(candidate, rule);
      if (worse === null) continue;
      smallest = worse;
      found = true;
      break;
    }
  }
  return smallest;
}

async function firstWorse(candidate: RandomSaga, rule: string): Promise<RandomSaga | null> {
  for (let order = 0; order < ORDERS; order += 1) {
    const other = { ...candidate, seed: candidate.seed + order };
    if (ruleOf(await violationsOf(other)) === rule) return other;
  }
  return null;
}

/** `S16`, `I7`, `broken`; '' when nothing is wrong. */
const ruleOf = ([first = '']: readonly string[]) => first.split(':')[0] ?? '';
