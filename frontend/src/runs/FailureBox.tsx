import { TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import type { Failure } from '@sagawright/shared/kernel';
import { CopyButton, JsonView } from '../ui/index.js';

const WAY_OUT: Record<Failure['kind'], string> = {
  user: 'Repeating it will not help: the input, the data or the workflow has to change.',
  operational: 'The other side was not in the mood; repeating it later may help.',
  bug: 'Sagawright broke a promise of its own. Please report it with the code.',
};

/** A failure in words: the message first, then its code and the way out (R21). */
export function FailureBox({ failure }: { readonly failure: Failure }): ReactElement {
  return (
    <div className="rounded-card bg-failed-tint p-3 text-failed-text">
      <p className="flex gap-2 text-13 font-medium [overflow-wrap:anywhere]">
        <TriangleAlert size={15} aria-hidden="true" className="mt-0.5 shrink-0" />
        {failure.message}
      </p>
      <p className="mt-1 pl-[23px] text-12 text-text">{WAY_OUT[failure.kind]}</p>
      <p className="mt-0.5 flex items-center gap-1 pl-[23px] text-12">
        <code className="font-mono">{failure.code}</code>
        <CopyButton value={failure.code} label="Copy the code" />
      </p>
      {failure.details !== undefined && (
        <div className="mt-1 text-text">
          <JsonView value={failure.details} label="Details of the failure" openLevels={1} />
        </div>
      )}
    </div>
  );
}
