import type { ReactElement, ReactNode } from 'react';

export interface PartProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A titled part of a detail. */
export function Part({ title, actions, children }: PartProps): ReactElement {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-13 font-semibold">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  );
}
