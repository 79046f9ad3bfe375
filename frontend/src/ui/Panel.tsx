import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.js';

export interface PanelProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** No inner padding: for tables and lists that reach the border. */
  readonly flush?: boolean;
}

/** A bordered surface with an optional title row. */
export function Panel({ title, actions, children, className, flush = false }: PanelProps): ReactElement {
  return (
    <section className={classNames('min-w-0 rounded-card border border-border bg-surface', className)}>
      {(title !== undefined || actions !== undefined) && (
        <div className="flex min-h-10 items-center justify-between gap-2 border-b border-border px-4 py-1.5">
          <h2 className="text-13 font-semibold">{title}</h2>
          <div className="flex items-center gap-1">{actions}</div>
        </div>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}
