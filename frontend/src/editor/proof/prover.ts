/**
 * Explores definitions beside the page, so that no drawing, however large, holds up typing.
 *
 * 1. An exploration that is let go of ends at once: its worker goes with it.
 * 2. It is bounded in states, fewer of them for larger definitions; the answer tells of the bound.
 * 3. Answers are remembered by definition: going back to a drawing, or opening a dialog over it, explores nothing anew.
 */
import type { Exploration, SagaDefinition } from '@sagawright/shared/saga';

/** What of a `Worker` is needed. */
export interface ProofWorker {
  onmessage: ((event: MessageEvent<Exploration>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(question: Question): void;
  terminate(): void;
}

export interface Question {
  readonly definition: SagaDefinition;
  readonly maxStates: number;
}

const REMEMBERED = 8;

export class Prover {
  readonly #known = new Map<string, Exploration>();

  constructor(private readonly newWorker: () => ProofWorker) {}

  /** What is known already. */
  known(definition: SagaDefinition): Exploration | null {
    return this.#known.get(JSON.stringify(definition)) ?? null;
  }

  /**
   * @param done null = no answer can be had
   * @returns lets go of the exploration; then `done` is not called
   */
  prove(definition: SagaDefinition, done: (exploration: Exploration | null) => void): () => void {
    const worker = this.newWorker();
    worker.onmessage = ({ data }) => {
      worker.terminate();
      this.#remember(JSON.stringify(definition), data);
      done(data);
    };
    worker.onerror = () => {
      worker.terminate();
      done(null);
    };
    worker.postMessage({ definition, maxStates: statesFor(definition) });
    return () => {
      worker.onmessage = null;
      worker.terminate();
    };
  }

  #remember(key: string, exploration: Exploration): void {
    this.#known.set(key, exploration);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** A state of a larger definition takes longer: so the whole takes seconds, not minutes. */
function statesFor(definition: SagaDefinition): number {
  return Math.max(1000, Math.min(20_000, Math.round(600_000 / Object.keys(definition.steps).length)));
}
