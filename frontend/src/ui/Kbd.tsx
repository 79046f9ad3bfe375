import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.js';

/** A key or a combination, as printed on the keyboard. */
export function Kbd({
  children,
  inverted = false,
}: {
  readonly children: ReactNode;
  readonly inverted?: boolean;
}): ReactElement {
  return (
    <kbd
      className={classNames(
        'inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-tag border px-1 text-11 leading-none',
        inverted ? 'border-current/40' : 'border-border-strong bg-surface text-muted',
      )}
    >
      {children}
    </kbd>
  );
}
