/** What happens at every point of failure, beside the drawing that shows the chosen one. */
import { Hand, ShieldCheck, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { IconButton, classNames } from '../../ui/index.js';
import type { FailurePoint, Park } from './proof.js';
import { ProofVerdict } from './ProofVerdict.js';
import type { ProofView } from './use-proof.js';

export interface ProofPanelProps {
  readonly view: ProofView;
  /** The step whose failure the drawing shows. */
  readonly shown: string | null;
  readonly onShow: (step: string) => void;
  /** Left out in a sheet, which has a title and a way to close of its own. */
  readonly onClose?: (() => void) | undefined;
}

export function ProofPanel({ view, shown, onShow, onClose }: ProofPanelProps): ReactElement {
  const proof = view.kind === 'proved' ? view.proof : null;
  return (
    <aside aria-label="Proof" className="step-panel">
      {onClose && (
        <header className="flex items-center gap-3 border-b border-border px-4 py-3">
          <ShieldCheck size={17} aria-hidden="true" className="shrink-0 text-muted" />
          <h2 className="min-w-0 flex-1 text-14 font-semibold">Proof</h2>
          <IconButton label="Close" shortcut="Esc" onClick={onClose}>
            <X size={15} aria-hidden="true" />
          </IconButton>
        </header>
      )}
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-4">
        <ProofVerdict view={view} />
        {proof && proof.points.length > 0 && (
          <section aria-label="Failure points" className="flex flex-col gap-1.5">
            <h3 className="text-12 font-semibold text-muted">If a step fails</h3>
            <ul className="flex flex-col gap-1.5">
              {proof.points.map((point) => (
                <li key={`${point.step} ${point.handled ?? ''}`}>
                  <Point point={point} shown={shown === point.step} onShow={onShow} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {proof && proof.parks.length > 0 && <Parks parks={proof.parks} />}
        {proof && (
          <p className="text-12 text-muted">
            Tried out: every step succeeding, failing and never answering, at every point, and a cancel at any time.
            {proof.loops && ' Loops were followed for up to two items or passes.'} Where a failure has a way of its own,
            the run goes on by it, and what was done stays done.
          </p>
        )}
      </div>
    </aside>
  );
}

function Point({
  point,
  shown,
  onShow,
}: {
  readonly point: FailurePoint;
  readonly shown: boolean;
  readonly onShow: (step: string) => void;
}): ReactElement {
  return (
    <button
      type="button"
      aria-pressed={shown}
      onClick={() => {
        onShow(point.step);
      }}
      className={classNames(
        'flex w-full flex-col gap-1 rounded-card border px-3 py-2 text-left text-13 transition-colors hover:bg-hover',
        shown ? 'border-undo bg-undo-tint' : 'border-border',
      )}
    >
      <span>
        <b className="font-semibold">{point.name}</b> {point.how}
      </span>
      {point.handled !== null && <span className="text-muted">Handled: {point.handled}.</span>}
      {point.stays.length > 0 && (
        <span className="text-muted">Stays done: {point.stays.map(({ name }) => name).join(', ')}</span>
      )}
      {point.handled === null && point.undone.length === 0 && point.left.length === 0 && point.kept.length === 0 && (
        <span className="text-muted">There is nothing to undo.</span>
      )}
      {point.undone.map((each) => (
        <span key={each.step} className="flex gap-2">
          <span className="tabular w-4 shrink-0 text-right font-semibold text-undo-text">{each.order ?? '?'}</span>
          <span className="min-w-0">
            <span className="text-undo-text">{each.name}</span>
            {each.note !== null && <span className="text-muted"> – {each.note}</span>}
          </span>
        </span>
      ))}
      {[
        ...point.left.map((each) => ({ ...each, bad: true })),
        ...point.kept.map((each) => ({ ...each, bad: false })),
      ].map(({ step, name, why, bad }) => (
        <span key={step} className="flex gap-2">
          <span aria-hidden="true" className="w-4 shrink-0 text-right text-muted">
            {bad ? '!' : '·'}
          </span>
          <span className={classNames('min-w-0', bad ? 'text-waiting-text' : 'text-muted')}>
            {bad ? 'Stays: ' : ''}
            {name} {why}
          </span>
        </span>
      ))}
    </button>
  );
}

function Parks({ parks }: { readonly parks: readonly Park[] }): ReactElement {
  return (
    <section aria-label="Where a run waits for a person" className="flex flex-col gap-1.5">
      <h3 className="flex items-center gap-1.5 text-12 font-semibold text-muted">
        <Hand size={13} aria-hidden="true" /> The run waits for a person when
      </h3>
      <ul className="flex flex-col gap-0.5 text-13">
        {parks.map(({ text }) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
