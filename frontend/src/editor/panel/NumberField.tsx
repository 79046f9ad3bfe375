/** A number within bounds; what is typed on the way there stays in the field. */
import { useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { Field, Input } from '../../ui/index.js';

export function NumberField({
  label,
  help,
  error = null,
  action,
  value,
  min,
  max,
  onChange,
  onLeave,
}: {
  readonly label: string;
  readonly help?: string | undefined;
  readonly error?: string | null;
  readonly action?: ReactNode;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
  readonly onLeave?: () => void;
}): ReactElement {
  const [text, setText] = useState(String(value));
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    if (Number(text) !== value) setText(String(value));
  }
  const number = Number(text);
  const bad = text.trim() === '' || !Number.isFinite(number) || number < min || number > max;
  return (
    <Field label={label} help={help} action={action} error={bad ? `A number from ${min} to ${max}.` : error}>
      <Input
        inputMode="decimal"
        value={text}
        onBlur={onLeave}
        onChange={(event) => {
          setText(event.target.value);
          const next = Number(event.target.value);
          if (event.target.value.trim() !== '' && Number.isFinite(next) && next >= min && next <= max) onChange(next);
        }}
      />
    </Field>
  );
}
