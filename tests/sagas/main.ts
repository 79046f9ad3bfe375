/** Random sagas under random faults, each checked against the rules: `npm run sagas -- --count N --seed S`. */
import { parseArgs } from 'node:util';
import { seededRandom } from '@sagawright/shared/kernel';
import { checkRun, explore, simulate } from '@sagawright/shared/saga';
import { randomSaga, realise, smaller } from '@sagawright/shared/testing';
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

/** Every tenth saga is explored as well: all outcomes in all orders, up to a bound. */
const EXPLORED = 10;

async function violationsOf(saga: RandomSaga, explored: boolean): Promise<{ violations: string[]; states: number }> {
  const { definition, script } = realise(saga);
  const run = await simulate(definition, script, {
    ...saga,
    onIncident: ({ direction }) =>
      direction === 'undo' ? { kind: 'retry' } : { kind: 'skip', reason: 'simulated person' },
  });
  const violations = checkRun(definition, run);
  if (!explored) return { violations, states: run.journal.length };
  const walk = explore(definition, { maxStates: 500 });
  return { violations: [...violations, ...walk.violations], states: run.journal.length + walk.states };
}

async function shrink(saga: RandomSaga, explored: boolean): Promise<RandomSaga> {
  for (const candidate of smaller(saga)) {
    if ((await violationsOf(candidate, explored)).violations.length > 0) return shrink(candidate, explored);
  }
  return saga;
}

const begun = performance.now();
let states = 0;
let violated = 0;
for (let index = 0; index < count; index += 1) {
  const saga = randomSaga(seededRandom(seed * 1_000_003 + index));
  const explored = index % EXPLORED === 0;
  const result = await violationsOf(saga, explored);
  states += result.states;
  if (result.violations.length === 0) continue;
  violated += 1;
  if (violated > 1) continue;
  const small = await shrink(saga, explored);
  console.log(`seed ${seed}, saga ${index}: ${(await violationsOf(small, explored)).violations.join('; ')}`);
  console.log(JSON.stringify(small, null, 2));
}
const seconds = (performance.now() - begun) / 1000;
console.log(`${Math.round(count / seconds)} sagas/s, ${Math.round(states / seconds)} states/s`);
console.log(`sagas: ${count}, violations: ${violated}`);
process.exitCode = violated === 0 ? 0 : 1;
