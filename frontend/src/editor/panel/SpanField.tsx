/** A span of time as a number and a unit; the document has milliseconds. */
import { useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { SPAN_UNITS, spanInWords, spanUnit } from '../../canvas/index.js';
import type { SpanUnit } from '../../canvas/index.js';
import { FieldContext } from '../../ui/field-context.js';
import { Field, Input, Select } from '../../ui/index.js';

export interface SpanFieldProps {
  readonly label: string;
  readonly help?: string | undefined;
  readonly error?: string | null;
  readonly action?: ReactNode;
  /** Milliseconds; undefined for none. */
  readonly value: number | undefined;
  readonly min: number;
  readonly max: number;
  /** May be left empty. */
  readonly optional: boolean;
  readonly onChange: (ms: number | undefined) => void;
  readonly onLeave: () => void;
}

export function SpanField({
  label,
  help,
  error,
  action,
  value,
  min,
  max,
  optional,
  onChange,
  onLeave,
}: SpanFieldProps): ReactElement {
  const [unit, setUnit] = useState<SpanUnit>(() => spanUnit(value ?? 0));
  const [text, setText] = useState(() => written(value, unit));
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    if (msOf(text, unit) !== value) {
      const now = spanUnit(value ?? 0);
      setUnit(now);
      setText(written(value, now));
    }
  }
  const ms = msOf(text, unit);
  const empty = text.trim() === '';
  const bad = (empty && !optional) || (!empty && (ms === undefined || ms < min || ms > max));
  const change = (nextText: string, nextUnit: SpanUnit) => {
    setText(nextText);
    setUnit(nextUnit);
    const next = msOf(nextText, nextUnit);
    if (nextText.trim() === '' && optional) onChange(undefined);
    else if (next !== undefined && next >= min && next <= max) onChange(next);
  };
  return (
    <Field
      label={label}
      help={help}
      action={action}
      error={bad ? `From ${spanInWords(min)} to ${spanInWords(max)}.` : (error ?? null)}
    >
      <SpanControl label={label} text={text} unit={unit} onLeave={onLeave} onChange={change} />
    </Field>
  );
}

function SpanControl({
  label,
  text,
  unit,
  onChange,
  onLeave,
}: {
  readonly label: string;
  readonly text: string;
  readonly unit: SpanUnit;
  readonly onChange: (text: string, unit: SpanUnit) => void;
  readonly onLeave: () => void;
}): ReactElement {
  return (
    <div className="flex gap-2">
      <Input
        inputMode="decimal"
        value={text}
        onBlur={onLeave}
        onChange={(event) => {
          onChange(event.target.value, unit);
        }}
      />
      <UnitChoice label={`Unit of ${label}`} unit={unit} onChange={(next) => onChange(text, next)} />
    </div>
  );
}

/** A second control in one field: it takes its name from here, not from the field's label. */
function UnitChoice({
  label,
  unit,
  onChange,
}: {
  readonly label: string;
  readonly unit: SpanUnit;
  readonly onChange: (unit: SpanUnit) => void;
}): ReactElement {
  return (
    <FieldContext value={null}>
      <Select
        className="w-36! shrink-0"
        label={label}
        value={unit.id}
        options={SPAN_UNITS.map((each) => ({ value: each.id, label: each.many }))}
        onChange={(id) => {
          onChange(SPAN_UNITS.find((each) => each.id === id) ?? unit);
        }}
      />
    </FieldContext>
  );
}

const written = (ms: number | undefined, unit: SpanUnit) => (ms === undefined ? '' : String(ms / unit.ms));

function msOf(text: string, unit: SpanUnit): number | undefined {
  const amount = Number(text);
  return text.trim() === '' || !Number.isFinite(amount) ? undefined : Math.round(amount * unit.ms);
}
