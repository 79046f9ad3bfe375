import { useId, useMemo } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { FieldContext } from './field-context.js';
import type { FieldControl } from './field-context.js';

export interface FieldProps {
  readonly label: ReactNode;
  readonly help?: ReactNode;
  /** In words, with the way out; announced when it appears. */
  readonly error?: string | null | undefined;
  readonly required?: boolean;
  /** Shown at the right of the label, e.g. a mode switch. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** Label above, control, then help or error; the control inside picks up the ids by itself. */
export function Field({ label, help, error, required = false, action, children }: FieldProps): ReactElement {
  const id = useId();
  const hasError = error !== undefined && error !== null && error !== '';
  const hasHelp = help !== undefined && help !== null;
  const control = useMemo<FieldControl>(() => {
    const described = [hasHelp ? `${id}-help` : '', hasError ? `${id}-error` : '']
      .filter((part) => part !== '')
      .join(' ');
    return {
      id,
      'aria-describedby': described === '' ? undefined : described,
      'aria-invalid': hasError ? true : undefined,
      'aria-required': required ? true : undefined,
    };
  }, [id, hasHelp, hasError, required]);
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex min-h-5 items-center justify-between gap-2">
        <label htmlFor={id} className="text-12 font-medium text-text">
          {label}
          {required && (
            <span className="ml-1 text-failed-text" aria-hidden="true">
              *
            </span>
          )}
        </label>
        {action}
      </div>
      <FieldContext value={control}>{children}</FieldContext>
      {hasHelp && (
        <p id={`${id}-help`} className="text-12 text-muted">
          {help}
        </p>
      )}
      <div aria-live="polite">
        {hasError && (
          <p id={`${id}-error`} className="text-12 text-failed-text">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}
