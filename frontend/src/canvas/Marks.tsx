/** The small signs of a card: problems, what is set besides the defaults, and in a run its figures and state. */
import type { GraphNode } from '@sagawright/shared/graph';
import { Gauge, Lock, RotateCw, SkipForward, Timer, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { formatDuration, Glyph, stepStateStyle } from '../ui/index.js';
import { useCanvas } from './canvas-store.js';
import type { StepFace } from './run-face.js';
import { spanInWords } from './span.js';

/** State and figures of a run at the right of a card, or the badges of a drawing. */
export function Marks({
  node,
  face,
  failing,
  lost,
}: {
  readonly node: GraphNode;
  readonly face: StepFace | undefined;
  /** Taken as the failing step in the undo view. */
  readonly failing: boolean;
  /** Why nothing of it is undone, in the undo view. */
  readonly lost: string | undefined;
}): ReactElement {
  const style = failing ? stepStateStyle.failed : face && face.state !== 'idle' ? stepStateStyle[face.state] : null;
  return (
    <span className="step-aside">
      {style && <Glyph name={style.glyph} tone={style.tone} />}
      {face ? <Metric face={face} /> : <Badges node={node} lost={lost} />}
    </span>
  );
}

export function ProblemPill({
  problems,
}: {
  readonly problems: { readonly errors: number; readonly others: number } | undefined;
}): ReactElement | null {
  if (!problems) return null;
  return (
    <span className="step-problems" data-level={problems.errors > 0 ? 'error' : 'warning'}>
      <TriangleAlert size={11} strokeWidth={2.2} aria-hidden="true" />
      {problems.errors + problems.others}
    </span>
  );
}

function Badges({ node, lost }: { readonly node: GraphNode; readonly lost: string | undefined }): ReactElement | null {
  const retry = 'retry' in node ? node.retry : undefined;
  const undo = 'undo' in node ? node.undo : undefined;
  const timeout = timeoutOf(node);
  return (
    <span className="step-badges">
      {lost !== undefined && <Lock size={12} aria-label={`Stays: ${lost}`} />}
      {'skipWhen' in node && node.skipWhen !== undefined && <SkipForward size={12} aria-label="May be skipped" />}
      {'concurrency' in node && (node.concurrency ?? node.rate) !== undefined && (
        <Gauge size={12} aria-label="Limited" />
      )}
      {retry && retry.maxAttempts > 1 && (
        <span title={`Up to ${retry.maxAttempts} attempts`}>
          <RotateCw size={11} aria-hidden="true" />
          {retry.maxAttempts}
        </span>
      )}
      {timeout !== undefined && <Timer size={12} aria-label={`Timeout ${spanInWords(timeout)}`} />}
      {undo?.kind === 'irreversible' && <Lock size={12} aria-label="Cannot be undone" />}
      {undo?.kind === 'pivot' && <span title="Pivot: nothing is undone after it">◆</span>}
    </span>
  );
}

/** A timeout that was set by hand; that of code always has one. */
function timeoutOf(node: GraphNode): number | undefined {
  if ('attemptTimeoutMs' in node && node.attemptTimeoutMs !== undefined) return node.attemptTimeoutMs;
  if ('totalTimeoutMs' in node && node.totalTimeoutMs !== undefined) return node.totalTimeoutMs;
  return 'timeoutMs' in node && node.kind !== 'code' ? node.timeoutMs : undefined;
}

/** Duration, attempt n/m or countdown, whichever is the news. */
function Metric({ face }: { readonly face: StepFace }): ReactElement | null {
  const counting = face.state === 'running' || face.state === 'retrying' || face.state === 'waiting';
  const now = useCanvas((state) => (counting ? state.now : 0));
  const tries = face.maxAttempts !== null && face.attempt > 1 ? `${face.attempt}/${face.maxAttempts}` : '';
  const parts: string[] = [];
  if ((face.state === 'retrying' || face.state === 'waiting') && face.wakeAt !== null) {
    parts.push(tries, `in ${formatDuration(Math.max(0, Math.ceil((face.wakeAt - now) / 1000) * 1000))}`);
  } else if (face.state === 'running' && face.startedAt !== null) {
    parts.push(tries, formatDuration(Math.max(0, now - face.startedAt)));
  } else if (face.startedAt !== null && face.settledAt !== null) {
    parts.push(tries, formatDuration(face.settledAt - face.startedAt));
  } else parts.push(tries);
  const text = parts.filter((part) => part !== '').join(' · ');
  return text === '' ? null : <span className="step-metric">{text}</span>;
}
