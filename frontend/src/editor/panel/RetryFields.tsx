/** How often and how patiently an attempt is repeated (E70), with the waits it leads to in words. */
import type { RetryPolicy } from '@sagawright/shared/graph';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { Field, formatDuration, Input, Switch } from '../../ui/index.js';
import { NumberField } from './NumberField.js';

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
  error = null,
  onChange,
}: {
  readonly value: RetryPolicy | undefined;
  readonly error?: string | null;
  readonly onChange: (value: RetryPolicy | undefined) => void;
}): ReactElement {
  return (
    <>
      <Field
        label="Own retry policy"
        help={value ? undefined : 'Off: the default of the step’s effect class applies.'}
        error={error}
      >
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
          <CodesField
            label="Retry only"
            help="Codes or their beginnings, such as http.status.5. Empty: every failure that may pass."
            value={value.retryOn}
            onChange={(retryOn) => onChange({ ...value, retryOn })}
          />
          <CodesField
            label="Never retry"
            help="Codes or their beginnings that fail at once."
            value={value.neverRetryOn}
            onChange={(neverRetryOn) => onChange({ ...value, neverRetryOn })}
          />
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

/** Failure codes, separated by commas or spaces. */
function CodesField({
  label,
  help,
  value,
  onChange,
}: {
  readonly label: string;
  readonly help: string;
  readonly value: readonly string[];
  readonly onChange: (codes: string[]) => void;
}): ReactElement {
  const [text, setText] = useState(value.join(', '));
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    if (codesOf(text).join() !== value.join()) setText(value.join(', '));
  }
  return (
    <Field label={label} help={help}>
      <Input
        value={text}
        placeholder="http.status.5, timeout"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          onChange(codesOf(event.target.value));
        }}
      />
    </Field>
  );
}

const codesOf = (text: string) => text.split(/[\s,]+/).filter((code) => code !== '');
