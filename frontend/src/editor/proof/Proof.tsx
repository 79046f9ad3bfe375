/** The proof of the open workflow, beside its drawing. */
import type { ReactElement } from 'react';
import { fitOptions, motion } from '../../canvas/index.js';
import { useEditor, useEditorStore } from '../editor-store.js';
import type { Stage } from '../stage.js';
import { ProofPanel } from './ProofPanel.js';
import { useProof } from './use-proof.js';

export interface ProofProps {
  readonly stage: Stage;
  /** It lies over the drawing, and makes room once a failure is chosen. */
  readonly sheet?: boolean;
}

export function Proof({ stage, sheet = false }: ProofProps): ReactElement {
  const store = useEditorStore();
  const shown = useEditor((state) => state.undoFailing);
  const view = useProof();
  return (
    <ProofPanel
      view={view}
      shown={shown}
      onShow={(step) => {
        store.setState({ undoFailing: shown === step && !sheet ? null : step, proofOpen: !sheet });
        // The whole way back, not only where it begins.
        const points = view.kind === 'proved' ? view.proof.points.filter((each) => each.step === step) : [];
        const nodes = [step, ...points.flatMap((each) => each.undone).map((each) => each.step)].map((id) => ({ id }));
        void stage.view?.fitView({ ...fitOptions, nodes, duration: motion(240) });
      }}
      onClose={
        sheet
          ? undefined
          : () => {
              store.setState({ proofOpen: false });
            }
      }
    />
  );
}
