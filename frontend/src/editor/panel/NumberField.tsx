/** A number within bounds, or none where there may be none; what is typed on the way there stays in the field. */
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
  onEmpty,
  onLeave,
}: {
  readonly label: string;
  readonly help?: string | undefined;
  readonly error?: string | null;
  readonly action?: ReactNode;
  readonly value: number | undefined;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
  /** Nothing may stand in it, and does now. */
  readonly onEmpty?: (() => void) | undefined;
  readonly onLeave?: () => void;
}): ReactElement {
  const [text, setText] = useState(written(value));
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    if (numberIn(text) !== value) setText(written(value));
  }
  const fits = (number: number): boolean => Number.isFinite(number) && number >= min && number <= max;
  const number = numberIn(text);
  const bad = number === undefined ? onEmpty === undefined : !fits(number);
  return (
    <Field label={label} help={help} action={action} error={bad ? `A number from ${min} to ${max}.` : error}>
      <Input
        inputMode="decimal"
        value={text}
        onBlur={onLeave}
        onChange={(event) => {
          setText(event.target.value);
          const next = numberIn(event.target.value);
          if (next === undefined) onEmpty?.();
          else if (fits(next)) onChange(next);
        }}
      />
    </Field>
  );
}

const written = (value: number | undefined): string => (value === undefined ? '' : String(value));

/** Undefined when nothing is written. */
const numberIn = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text));
