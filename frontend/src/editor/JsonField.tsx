import type { Json } from '@sagawright/shared/kernel';
import { useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { Field } from '../ui/index.js';
import type { FieldData } from './field-data.js';
import { TemplateField } from './TemplateField.js';

export interface JsonFieldProps {
  readonly label: string;
  readonly help?: ReactNode;
  readonly required?: boolean;
  readonly error?: string | null;
  readonly action?: ReactNode;
  readonly value: Json | undefined;
  readonly onChange: (value: Json | undefined) => void;
  readonly onLeave?: () => void;
  /** Left out where expressions are not read. */
  readonly data?: FieldData | undefined;
}

const written = (value: Json | undefined) =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);

/** JSON with expressions in its strings, or one expression as a whole. Text that is not JSON yet stays in the field. */
export function JsonField({
  label,
  help,
  required = false,
  error,
  action,
  value,
  onChange,
  onLeave,
  data,
}: JsonFieldProps): ReactElement {
  const [text, setText] = useState(() => written(value));
  const [seen, setSeen] = useState(value);
  const [problem, setProblem] = useState<string | null>(null);
  if (seen !== value) {
    setSeen(value);
    setText(written(value));
    setProblem(null);
  }
  return (
    <Field label={label} help={help} required={required} action={action} error={problem ?? error}>
      <TemplateField
        mode="json"
        label={label}
        value={text}
        data={data}
        onLeave={onLeave}
        onChange={(next) => {
          setText(next);
          const trimmed = next.trim();
          let parsed: Json | undefined;
          try {
            parsed = trimmed === '' ? undefined : trimmed.startsWith('{{') ? trimmed : (JSON.parse(trimmed) as Json);
          } catch {
            setProblem('This is not valid JSON yet.');
            return;
          }
          setProblem(null);
          // The field keeps the text as it was typed; only a value from outside replaces it.
          setSeen(parsed);
          onChange(parsed);
        }}
      />
    </Field>
  );
}
