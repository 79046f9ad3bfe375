import { Switch as Base } from '@base-ui/react/switch';
import type { ReactElement } from 'react';
import { useFieldControl } from './field-context.js';

export interface SwitchProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  /** Needed outside a `Field`. */
  readonly label?: string;
  readonly disabled?: boolean;
}

/** On or off, in force at once. For a choice that is sent later take a Checkbox. */
export function Switch({ checked, onChange, label, disabled = false }: SwitchProps): ReactElement {
  const field = useFieldControl();
  return (
    <Base.Root
      checked={checked}
      onCheckedChange={(next) => {
        onChange(next);
      }}
      disabled={disabled}
      aria-label={label}
      {...field}
      className="group inline-flex h-6 w-9 shrink-0 items-center rounded-pill border border-border-strong bg-idle-tint px-0.5 transition-colors data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
    >
      <Base.Thumb className="size-4 rounded-pill bg-faint transition-transform data-checked:translate-x-[14px] data-checked:bg-on-accent" />
    </Base.Root>
  );
}
