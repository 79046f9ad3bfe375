import type { ReactElement } from 'react';
import { Field, Input } from '../ui/index.js';
import { readDays } from './retention-days.js';
import type { TypedRuns } from './retention-days.js';

export interface DaysFieldProps {
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** For ever cannot be said. */
  readonly bounded?: boolean;
}

/** A number of days; empty = for ever. */
export function DaysField({ label, help, value, onChange, bounded = false }: DaysFieldProps): ReactElement {
  const days = readDays(value);
  const wrong = days === undefined || (bounded && days === null);
  return (
    <Field
      label={label}
      help={help}
      error={
        wrong ? `Write a whole number of days${bounded ? '' : ', or leave it empty to keep them for ever'}.` : null
      }
    >
      <Input
        inputMode="numeric"
        placeholder="for ever"
        className="max-w-32"
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </Field>
  );
}

export interface RunFieldsProps {
  readonly runs: TypedRuns;
  readonly onChange: (runs: TypedRuns) => void;
}

/** How long ended runs are kept. */
export function RunFields({ runs, onChange }: RunFieldsProps): ReactElement {
  return (
    <>
      <DaysField
        label="Completed runs, days"
        help="Counted from their end. Empty = for ever."
        value={runs.completed}
        onChange={(completed) => {
          onChange({ ...runs, completed });
        }}
      />
      <DaysField
        label="Other ended runs, days"
        help="Undone, failed, cancelled, and all that had an incident. Empty = for ever."
        value={runs.failed}
        onChange={(failed) => {
          onChange({ ...runs, failed });
        }}
      />
    </>
  );
}
