import type { ComponentProps, ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.js';
import { Spinner } from './Spinner.js';
import { Tooltip } from './Tooltip.js';

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';
export type ButtonSize = 'regular' | 'compact';

const base =
  'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-input font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:opacity-50 [&_svg]:shrink-0';

const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent not-disabled:hover:bg-accent-hover',
  secondary: 'border border-border-strong bg-raised text-text not-disabled:hover:bg-hover',
  ghost: 'text-muted not-disabled:hover:bg-hover not-disabled:hover:text-text',
  danger: 'border border-failed/40 bg-raised text-failed-text not-disabled:hover:bg-failed-tint',
};

const sizes: Record<ButtonSize, string> = { regular: 'h-8 px-3 text-13', compact: 'h-7 px-2.5 text-12' };

/** The classes of a button, for links that must look like one. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: ButtonSize = 'regular'): string {
  return classNames(base, variants[variant], sizes[size]);
}

export interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  /** Shows a spinner, keeps the width, and refuses further clicks. */
  readonly busy?: boolean;
}

export function Button({
  variant = 'secondary',
  size = 'regular',
  busy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps): ReactElement {
  return (
    <button
      type="button"
      className={classNames(buttonClass(variant, size), className)}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'aria-label'> {
  /** Name for screen readers and the tooltip: an icon alone is a riddle. */
  readonly label: string;
  /** Shortcut shown in the tooltip. */
  readonly shortcut?: string;
  readonly children: ReactNode;
  readonly size?: ButtonSize;
  readonly variant?: ButtonVariant;
  readonly pressed?: boolean;
  readonly tooltipSide?: 'top' | 'right' | 'bottom' | 'left';
}

export function IconButton({
  label,
  shortcut,
  children,
  size = 'compact',
  variant = 'ghost',
  pressed,
  tooltipSide = 'bottom',
  className,
  ...rest
}: IconButtonProps): ReactElement {
  return (
    <Tooltip label={label} shortcut={shortcut} side={tooltipSide}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        className={classNames(
          base,
          variants[variant],
          size === 'compact' ? 'size-7' : 'size-8',
          pressed === true && 'bg-accent-tint text-accent',
          className,
        )}
        {...rest}
      >
        {children}
      </button>
    </Tooltip>
  );
}
