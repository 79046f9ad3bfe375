/** Random sagas under random faults, each checked against the rules: `npm run sagas -- --count N --seed S`. */
import { parseArgs } from 'node:util';
import { seededRandom } from '@sagawright/shared/kernel';
import { REGRESSION_SAGAS, checkSaga, randomSaga, smaller } from '@sagawright/shared/testing';
import type { RandomSaga } from '@sagawright/shared/testing';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.count);
const seed = Number(values.seed);
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  console.error('Usage: npm run sagas -- --count N --seed S (whole numbers, N at least 1)');
  process.exit(2);
}

/** Every tenth saga is explored as well: all outcomes in all orders, up to so many states. */
const EXPLORED = 10;
const EXPLORED_STATES = 500;

/** Another seed is another order of events: a smaller saga gets a few chances to show the same. */
const ORDERS = 20;

async function shrink(saga: RandomSaga, exploreStates: number): Promise<RandomSaga> {
  for (const candidate of smaller(saga)) {
    for (let order = 0; order < ORDERS; order += 1) {
      const other = { ...candidate, seed: candidate.seed + order };
      if ((await checkSaga(other, exploreStates)).violations.length > 0) return shrink(other, exploreStates);
    }
  }
  return saga;
}

let violated = 0;
for (const { why, saga } of REGRESSION_SAGAS) {
  const { violations } = await checkSaga(saga, EXPLORED_STATES);
  if (violations.length === 0) continue;
  violated += 1;
  console.log(`once more (${why}): ${violations.join('; ')}`);
}

const begun = performance.now();
let states = 0;
let shown = false;
for (let index = 0; index < count; index += 1) {
  const saga = randomSaga(seededRandom(seed * 1_000_003 + index));
  const exploreStates = index % EXPLORED === 0 ? EXPLORED_STATES : 0;
  const result = await checkSaga(saga, exploreStates);
  states += result.states;
  if (result.violations.length === 0) continue;
  violated += 1;
  if (shown) continue;
  shown = true;
  const small = await shrink(saga, exploreStates);
  console.log(`seed ${seed}, saga ${index}: ${(await checkSaga(small, exploreStates)).violations.join('; ')}`);
  console.log(`Keep it in shared/src/saga/testing/regression-sagas.ts:\n${JSON.stringify(small)}`);
}
const seconds = (performance.now() - begun) / 1000;
console.log(`${Math.round(count / seconds)} sagas/s, ${Math.round(states / seconds)} states/s`);
console.log(`sagas: ${count}, violations: ${violated}`);
process.exitCode = violated === 0 ? 0 : 1;
