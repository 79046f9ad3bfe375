import { Checkbox as Base } from '@base-ui/react/checkbox';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';

export interface CheckboxProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly label: ReactNode;
  readonly help?: ReactNode;
  readonly disabled?: boolean;
}

export function Checkbox({ checked, onChange, label, help, disabled = false }: CheckboxProps): ReactElement {
  return (
    <label className="flex min-h-6 items-start gap-2 text-13">
      <Base.Root
        checked={checked}
        onCheckedChange={(next) => {
          onChange(next);
        }}
        disabled={disabled}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-tag border border-border-strong bg-surface transition-colors data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
      >
        <Base.Indicator className="text-on-accent">
          <Check size={12} strokeWidth={3} aria-hidden="true" />
        </Base.Indicator>
      </Base.Root>
      <span>
        {label}
        {help !== undefined && <span className="block text-12 text-muted">{help}</span>}
      </span>
    </label>
  );
}
