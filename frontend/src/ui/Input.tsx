import type { ComponentProps, ReactElement } from 'react';
import { classNames } from './class-names.js';
import { useFieldControl } from './field-context.js';

const box =
  'w-full min-w-0 rounded-input border border-border-strong bg-surface px-2.5 text-13 text-text transition-colors hover:border-faint focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-failed';

export interface InputProps extends ComponentProps<'input'> {
  readonly compact?: boolean;
}

/** One line of text. Inside a `Field` it takes its label, help and error from there. */
export function Input({ compact = false, className, ...rest }: InputProps): ReactElement {
  const field = useFieldControl();
  return <input className={classNames(box, compact ? 'h-7 text-12' : 'h-8', className)} {...field} {...rest} />;
}

export function Textarea({ className, rows = 3, ...rest }: ComponentProps<'textarea'>): ReactElement {
  const field = useFieldControl();
  return <textarea rows={rows} className={classNames(box, 'resize-y py-1.5', className)} {...field} {...rest} />;
}
