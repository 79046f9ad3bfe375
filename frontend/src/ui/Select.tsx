import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.js';
import { useFieldControl } from './field-context.js';

export interface SelectOption<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** One line under the label, in the list only. */
  readonly description?: string;
  readonly icon?: ReactNode;
  readonly disabled?: boolean;
}

export interface SelectProps<Value extends string> {
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly SelectOption<Value>[];
  /** Needed outside a `Field`. */
  readonly label?: string;
  readonly compact?: boolean;
  readonly disabled?: boolean;
  /** Says how wide it is; as wide as there is room when left out. */
  readonly className?: string;
}

export function Select<Value extends string>({
  value,
  onChange,
  options,
  label,
  compact = false,
  disabled = false,
  className,
}: SelectProps<Value>): ReactElement {
  const { id, ...described } = useFieldControl();
  return (
    <Base.Root<Value>
      items={options}
      value={value}
      onValueChange={(next) => {
        if (next !== null) onChange(next);
      }}
      disabled={disabled}
      id={id}
      modal={false}
    >
      <Base.Trigger
        aria-label={label}
        {...described}
        className={classNames(
          'flex min-w-0 items-center justify-between gap-2 rounded-input border border-border-strong bg-surface px-2.5 text-left text-text transition-colors hover:border-faint data-disabled:cursor-not-allowed data-disabled:opacity-60',
          compact ? 'h-7 text-12' : 'h-8 text-13',
          className ?? 'w-full',
        )}
      >
        <span className="truncate">
          <Base.Value />
        </span>
        <Base.Icon className="text-faint">
          <ChevronsUpDown size={14} aria-hidden="true" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className="popup-motion max-h-[min(320px,var(--available-height))] min-w-[max(var(--anchor-width),8rem)] overflow-y-auto rounded-card border border-border bg-raised p-1 shadow-menu outline-none">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled}
                className="flex min-h-7 cursor-default items-center gap-2 rounded-input px-2 py-1 text-13 outline-none data-disabled:opacity-50 data-highlighted:bg-hover"
              >
                <span className="w-3.5 shrink-0 text-accent">
                  <Base.ItemIndicator>
                    <Check size={14} aria-hidden="true" />
                  </Base.ItemIndicator>
                </span>
                {option.icon}
                <span className="min-w-0">
                  <Base.ItemText>{option.label}</Base.ItemText>
                  {option.description !== undefined && (
                    <span className="block text-12 text-muted">{option.description}</span>
                  )}
                </span>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
