/** The status line at the bottom, unfolding to the list of problems (E43). */
import type { Diagnostic } from '@sagawright/shared/saga';
import { ChevronDown, ChevronUp, CircleCheck, Info, OctagonX, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { useEditor } from './editor-store.js';
import { FixButton } from './panel/FixButton.js';
import { isOfSettings } from './panel/step-form.js';

export interface ProblemsBarProps {
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly onJump: (problem: Diagnostic) => void;
  readonly saveWord: string;
  readonly readOnly: string | null;
}

const MARK = {
  error: <OctagonX size={14} aria-label="Error" className="shrink-0 text-failed" />,
  warning: <TriangleAlert size={14} aria-label="Warning" className="shrink-0 text-waiting" />,
  hint: <Info size={14} aria-label="Hint" className="shrink-0 text-faint" />,
} as const;

export function ProblemsBar({ open, onToggle, onJump, saveWord, readOnly }: ProblemsBarProps): ReactElement {
  const diagnostics = useEditor((state) => state.diagnostics);
  const graph = useEditor((state) => state.graph);
  const count = diagnostics.length;
  const steps = graph.order.filter((id) => graph.nodes[id]?.kind !== 'note').length;
  return (
    <footer className="shrink-0 border-t border-border bg-surface">
      {open && count > 0 && (
        <ul aria-label="Problems" className="max-h-52 overflow-y-auto border-b border-border py-1">
          {diagnostics.map((each, index) => (
            <li
              key={`${each.id} ${each.node ?? ''} ${each.field ?? ''} ${index}`}
              className="flex items-center pr-3 hover:bg-hover"
            >
              <button
                type="button"
                className="flex min-h-7 min-w-0 flex-1 items-center gap-2.5 px-4 py-1 text-left text-13 -outline-offset-2"
                onClick={() => {
                  onJump(each);
                }}
              >
                {MARK[each.level]}
                <span className="min-w-0 flex-1">{each.message}</span>
                <span className="shrink-0 text-12 text-muted max-sm:hidden">
                  {each.node !== null ? graph.nodes[each.node]?.name : isOfSettings(each) ? 'Workflow settings' : ''}
                </span>
              </button>
              {readOnly === null && <FixButton problem={each} />}
            </li>
          ))}
        </ul>
      )}
      <div className="flex h-7 items-center gap-4 px-3 text-12 text-muted">
        <button
          type="button"
          aria-expanded={open}
          disabled={count === 0}
          onClick={onToggle}
          className="flex h-6 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-tag px-1 not-disabled:hover:text-text"
        >
          {count === 0 ? (
            <CircleCheck size={14} aria-hidden="true" className="text-done" />
          ) : (
            MARK[diagnostics[0]?.level ?? 'hint']
          )}
          {count === 0 ? 'No problems' : count === 1 ? '1 problem' : `${count} problems`}
          {count > 0 &&
            (open ? <ChevronDown size={13} aria-hidden="true" /> : <ChevronUp size={13} aria-hidden="true" />)}
        </button>
        {readOnly !== null && <span className="truncate">{readOnly}</span>}
        <span className="ml-auto max-sm:hidden">{steps === 1 ? '1 step' : `${steps} steps`}</span>
        <span className="md:hidden">{saveWord}</span>
      </div>
    </footer>
  );
}
