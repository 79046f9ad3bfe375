import { describe, expect, it } from '@jest/globals';
import { connectors } from '@sagawright/shared/connector';
import { compile, explore } from '@sagawright/shared/saga';
import type { Exploration, SagaDefinition } from '@sagawright/shared/saga';
import { templates } from '@sagawright/shared/template';
import { Prover } from './prover.js';
import type { ProofWorker, Question } from './prover.js';

function definition(index = 0): SagaDefinition {
  const graph = templates[index]?.graph;
  const found = graph && compile(graph, { connectors }).definition;
  if (!found) throw new Error('The template does not compile.');
  return found;
}

/** Workers that answer when they are told to. */
function workers() {
  const made: (ProofWorker & { asked: Question | null; ended: boolean; answer: () => void })[] = [];
  const make = (): ProofWorker => {
    const worker = {
      onmessage: null as ProofWorker['onmessage'],
      onerror: null as ProofWorker['onerror'],
      asked: null as Question | null,
      ended: false,
      postMessage(question: Question) {
        worker.asked = question;
      },
      terminate() {
        worker.ended = true;
      },
      answer() {
        if (!worker.asked) throw new Error('Nothing was asked.');
        const data = explore(worker.asked.definition, { maxStates: worker.asked.maxStates });
        worker.onmessage?.({ data } as MessageEvent<Exploration>);
      },
    };
    made.push(worker);
    return worker;
  };
  return { made, make };
}

describe('a prover', () => {
  it('answers from its worker, ends it, and remembers the answer by what the definition says', () => {
    const { made, make } = workers();
    const prover = new Prover(make);
    const answers: (Exploration | null)[] = [];
    prover.prove(definition(), (each) => answers.push(each));
    expect(prover.known(definition())).toBeNull();
    made[0]?.answer();
    expect(answers).toMatchObject([{ complete: true }]);
    expect(made[0]?.ended).toBe(true);
    expect(prover.known(definition())).toBe(answers[0]);
    expect(prover.known(definition(1))).toBeNull();
  });

  it('ends the worker and says nothing when it is let go of', () => {
    const { made, make } = workers();
    const answers: unknown[] = [];
    const letGo = new Prover(make).prove(definition(), (each) => answers.push(each));
    letGo();
    made[0]?.answer();
    expect(made[0]?.ended).toBe(true);
    expect(answers).toEqual([]);
  });

  it('asks for fewer states of a larger definition, and tells when there is no answer', () => {
    const { made, make } = workers();
    const prover = new Prover(make);
    const small = definition();
    const answers: unknown[] = [];
    prover.prove(small, (each) => answers.push(each));
    const [[id, step] = []] = Object.entries(small.steps);
    const steps = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${id}${index}`, step]));
    prover.prove({ ...small, steps } as SagaDefinition, () => undefined);
    expect(made[0]?.asked?.maxStates).toBe(20_000);
    expect(made[1]?.asked?.maxStates).toBe(2000);
    made[0]?.onerror?.({} as ErrorEvent);
    expect(answers).toEqual([null]);
  });
});
