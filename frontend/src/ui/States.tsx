import { TriangleAlert } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.js';
import { CopyButton } from './CopyButton.js';

export interface EmptyStateProps {
  readonly icon?: ReactNode;
  readonly title: string;
  /** One sentence. */
  readonly children?: ReactNode;
  /** One action. */
  readonly action?: ReactNode;
  readonly compact?: boolean;
}

/** One picture line, one sentence, one action (W14): never a blank table. */
export function EmptyState({ icon, title, children, action, compact = false }: EmptyStateProps): ReactElement {
  return (
    <div
      className={classNames(
        'flex flex-col items-center justify-center gap-1 text-center',
        compact ? 'px-4 py-8' : 'px-6 py-16',
      )}
    >
      {icon !== undefined && (
        <div className="mb-2 flex size-10 items-center justify-center rounded-node border border-border bg-raised text-muted">
          {icon}
        </div>
      )}
      <p className="text-14 font-semibold">{title}</p>
      {children !== undefined && <div className="max-w-md text-13 text-muted">{children}</div>}
      {action !== undefined && <div className="mt-3">{action}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  /** What happened. */
  readonly title: string;
  /** What to do. */
  readonly children: ReactNode;
  /** Id to quote to whoever helps. */
  readonly reference?: string | undefined;
  readonly action?: ReactNode;
}

/** What happened, what to do, an id to copy (W15). */
export function ErrorState({ title, children, reference, action }: ErrorStateProps): ReactElement {
  return (
    <div role="alert" className="flex flex-col items-center justify-center gap-1 px-6 py-16 text-center">
      <div className="mb-2 flex size-10 items-center justify-center rounded-node bg-failed-tint text-failed-text">
        <TriangleAlert size={18} aria-hidden="true" />
      </div>
      <p className="text-14 font-semibold">{title}</p>
      <div className="max-w-md text-13 text-muted">{children}</div>
      {action !== undefined && <div className="mt-3">{action}</div>}
      {reference !== undefined && reference !== '' && (
        <p className="mt-3 flex items-center gap-1 text-12 text-faint">
          Reference <code className="font-mono">{reference}</code>
          <CopyButton value={reference} label="Copy the reference" />
        </p>
      )}
    </div>
  );
}

/** A grey bar in the place of something that is coming; invisible for the first 300 ms. */
export function Skeleton({ className }: { readonly className?: string }): ReactElement {
  return <div aria-hidden="true" className={classNames('skeleton', className ?? 'h-4 w-full')} />;
}
