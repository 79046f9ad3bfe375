/** The proof in one sentence. */
import { CircleCheck, CircleDashed, OctagonX, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { Spinner, classNames } from '../../ui/index.js';
import type { Verdict } from './proof.js';
import type { ProofView } from './use-proof.js';

const LOOKS = {
  clean: { box: 'bg-done-tint text-done-text', sign: <CircleCheck size={16} aria-hidden="true" /> },
  left: { box: 'bg-waiting-tint text-waiting-text', sign: <TriangleAlert size={16} aria-hidden="true" /> },
  bounded: { box: 'bg-idle-tint text-idle-text', sign: <CircleDashed size={16} aria-hidden="true" /> },
  broken: { box: 'bg-failed-tint text-failed-text', sign: <OctagonX size={16} aria-hidden="true" /> },
} as const satisfies Record<Verdict['tone'], unknown>;

export function ProofVerdict({ view }: { readonly view: ProofView }): ReactElement {
  const { tone, text } = wordsOf(view);
  const busy = view.kind === 'working' || (view.kind === 'proved' && view.stale);
  return (
    <p
      role="status"
      data-proof={view.kind === 'proved' && !view.stale ? tone : view.kind === 'proved' ? 'working' : view.kind}
      className={classNames('flex items-start gap-2 rounded-card px-3 py-2 text-13 font-medium', LOOKS[tone].box)}
    >
      <span className="mt-0.5 shrink-0">{busy ? <Spinner size={16} /> : LOOKS[tone].sign}</span>
      <span className="min-w-0 break-words">{text}</span>
    </p>
  );
}

function wordsOf(view: ProofView): Verdict {
  switch (view.kind) {
    case 'empty':
      return { tone: 'bounded', text: 'Nothing is drawn yet, so there is nothing to prove.' };
    case 'broken':
      return {
        tone: 'bounded',
        text: `Mend ${view.errors === 1 ? 'the error' : `the ${view.errors} errors`} first; then everything that can fail is tried out.`,
      };
    case 'working':
      return { tone: 'bounded', text: 'Trying out everything that can fail…' };
    case 'failed':
      return { tone: 'bounded', text: 'The proof could not be made in this browser. Reload the page and try again.' };
    case 'proved':
      return view.proof.verdict;
  }
}
