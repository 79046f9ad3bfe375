/** How often and how patiently an attempt is repeated (E70), with the waits it leads to in words. */
import type { RetryPolicy } from '@sagawright/shared/graph';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { Field, formatDuration, Input, Switch } from '../ui/index.js';

const START: RetryPolicy = {
  maxAttempts: 3,
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 60_000,
  jitter: 'full',
  retryOn: [],
  neverRetryOn: [],
};

export function RetryFields({
  value,
  onChange,
}: {
  readonly value: RetryPolicy | undefined;
  readonly onChange: (value: RetryPolicy | undefined) => void;
}): ReactElement {
  return (
    <>
      <Field label="Own retry policy" help={value ? undefined : 'Off: the default of the step’s effect class applies.'}>
        <Switch
          checked={value !== undefined}
          onChange={(on) => {
            onChange(on ? START : undefined);
          }}
        />
      </Field>
      {value && (
        <>
          <div className="grid grid-cols-2 gap-3">
            <NumberField
              label="Attempts"
              value={value.maxAttempts}
              min={1}
              max={1000}
              onChange={(maxAttempts) => onChange({ ...value, maxAttempts })}
            />
            <NumberField
              label="Factor"
              value={value.factor}
              min={1}
              max={10}
              onChange={(factor) => onChange({ ...value, factor })}
            />
            <NumberField
              label="First wait (ms)"
              value={value.initialDelayMs}
              min={0}
              max={86_400_000}
              onChange={(initialDelayMs) => onChange({ ...value, initialDelayMs })}
            />
            <NumberField
              label="Longest wait (ms)"
              value={value.maxDelayMs}
              min={0}
              max={86_400_000}
              onChange={(maxDelayMs) => onChange({ ...value, maxDelayMs })}
            />
          </div>
          <Field label="Random waits" help="Spreads repeated calls so that they do not arrive together.">
            <Switch
              checked={value.jitter === 'full'}
              onChange={(on) => {
                onChange({ ...value, jitter: on ? 'full' : 'none' });
              }}
            />
          </Field>
          <p className="rounded-card bg-canvas px-3 py-2 text-12 text-muted">{waitsInWords(value)}</p>
        </>
      )}
    </>
  );
}

/** `Waits at most 1.0 s, 2.0 s; gives up after 3.0 s of waiting.` */
function waitsInWords(policy: RetryPolicy): string {
  if (policy.maxAttempts <= 1) return 'One attempt, no retry.';
  const waits = Array.from({ length: policy.maxAttempts - 1 }, (_, index) =>
    Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.factor ** index),
  );
  const shown = waits.slice(0, 5).map(formatDuration).join(', ');
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  return `Waits at most ${shown}${waits.length > 5 ? ', …' : ''}; gives up after ${formatDuration(total)} of waiting at most.`;
}

export function NumberField({
  label,
  help,
  value,
  min,
  max,
  onChange,
}: {
  readonly label: string;
  readonly help?: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
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
    <Field label={label} help={help} error={bad ? `A number from ${min} to ${max}.` : null}>
      <Input
        inputMode="decimal"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          const next = Number(event.target.value);
          if (event.target.value.trim() !== '' && Number.isFinite(next) && next >= min && next <= max) onChange(next);
        }}
      />
    </Field>
  );
}
