/** The proof of what is drawn, as long as somebody looks at it; an edit starts it anew once the hand rests. */
import type { Exploration, SagaDefinition } from '@sagawright/shared/saga';
import { useEffect, useMemo, useState } from 'react';
import { useEditor } from '../editor-store.js';
import { proofOf } from './proof.js';
import type { Proof } from './proof.js';
import { Prover } from './prover.js';

export type ProofView =
  /** Nothing is drawn yet. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'broken'; readonly errors: number }
  | { readonly kind: 'working' }
  | { readonly kind: 'failed' }
  /** @property stale what it tells of has been edited since; the next one is on its way */
  | { readonly kind: 'proved'; readonly proof: Proof; readonly stale: boolean };

const QUIET_MS = 300;
const prover = new Prover(() => new Worker(new URL('./explore.worker.ts', import.meta.url), { type: 'module' }));

interface Answer {
  readonly definition: SagaDefinition;
  readonly exploration: Exploration | null;
}

export function useProof(): ProofView {
  const definition = useEditor((state) => state.definition);
  const errors = useEditor((state) => state.diagnostics.filter(({ level }) => level === 'error').length);
  const empty = useEditor((state) => state.graph.order.length === 0);
  const [answer, setAnswer] = useState<Answer | null>(null);

  useEffect(() => {
    if (definition === null) return undefined;
    const tell = (exploration: Exploration | null) => {
      setAnswer({ definition, exploration });
    };
    let letGo = () => {};
    const timer = setTimeout(() => {
      const known = prover.known(definition);
      if (known) tell(known);
      else letGo = prover.prove(definition, tell);
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      letGo();
    };
  }, [definition]);

  const proof = useMemo(() => (answer?.exploration ? proofOf(answer.definition, answer.exploration) : null), [answer]);
  if (empty) return { kind: 'empty' };
  if (definition === null) return { kind: 'broken', errors };
  if (proof) return { kind: 'proved', proof, stale: answer?.definition !== definition };
  return answer?.definition === definition ? { kind: 'failed' } : { kind: 'working' };
}
