import type { ReactElement, ReactNode } from 'react';
import { Field, Textarea } from '../ui/index.js';

export interface JsonFieldProps {
  readonly label: string;
  /** What is typed, be it JSON or not. */
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** What is typed cannot be read. */
  readonly broken: boolean;
  /** What else is wrong with it. */
  readonly error?: string | null | undefined;
  readonly help?: ReactNode;
  readonly required?: boolean;
  readonly rows: number;
}

/** JSON that a person types. */
export function JsonField({
  label,
  text,
  onChange,
  broken,
  error,
  help,
  required,
  rows,
}: JsonFieldProps): ReactElement {
  return (
    <Field
      label={label}
      help={help}
      required={required ?? false}
      error={broken ? 'This is not JSON: check commas, quotes and braces.' : error}
    >
      <Textarea
        rows={rows}
        spellCheck={false}
        className="font-mono text-12"
        value={text}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </Field>
  );
}
