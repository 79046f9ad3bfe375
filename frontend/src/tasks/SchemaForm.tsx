import type { ReactElement } from 'react';
import { Checkbox, Field, Input, Select, Textarea } from '../ui/index.js';
import { placesOf } from './form.js';
import type { Draft, FormField } from './form.js';

export interface SchemaFormProps {
  readonly fields: readonly FormField[];
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** By field as in the draft; shown where they belong. */
  readonly problems: Readonly<Record<string, string>>;
}

/** Controls for the fields of a form, groups framed. */
export function SchemaForm({ fields, draft, onChange, problems }: SchemaFormProps): ReactElement {
  const control = (field: FormField, at: string): ReactElement =>
    field.kind === 'group' ? (
      <fieldset key={at} className="flex flex-col gap-3 rounded-card border border-border p-3">
        <legend className="px-1 text-12 font-medium">{field.label}</legend>
        {field.help !== null && <p className="text-12 text-muted">{field.help}</p>}
        {field.fields.map((inner) => control(inner, `${at}.${inner.name}`))}
      </fieldset>
    ) : (
      <Control
        key={at}
        field={field}
        value={draft[at] ?? ''}
        problem={problems[at] ?? null}
        onChange={(value) => {
          onChange({ ...draft, [at]: value });
        }}
      />
    );
  return <>{fields.map((field) => control(field, field.name))}</>;
}

interface ControlProps {
  readonly field: Exclude<FormField, { kind: 'group' }>;
  readonly value: string;
  readonly problem: string | null;
  readonly onChange: (value: string) => void;
}

const ONE_LINE = {
  text: 'text',
  email: 'email',
  number: 'text',
  integer: 'text',
  date: 'date',
  time: 'time',
  'date-time': 'datetime-local',
} as const;

function Control({ field, value, problem, onChange }: ControlProps): ReactElement {
  if (field.kind === 'boolean') {
    return (
      <div>
        <Checkbox
          checked={value === 'true'}
          label={field.label}
          help={field.help ?? undefined}
          onChange={(next) => {
            onChange(String(next));
          }}
        />
        <Problem words={problem} />
      </div>
    );
  }
  if (field.kind === 'choices') {
    const places = placesOf(value);
    return (
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-12 font-medium">
          {field.label}
          {field.required && (
            <span className="ml-1 text-failed-text" aria-hidden="true">
              *
            </span>
          )}
        </legend>
        {field.options.map(({ label }, place) => (
          <Checkbox
            key={place}
            checked={places.has(place)}
            label={label}
            onChange={(next) => {
              const kept = [...places].filter((each) => each !== place);
              onChange((next ? [...kept, place] : kept).join(','));
            }}
          />
        ))}
        {field.help !== null && <p className="text-12 text-muted">{field.help}</p>}
        <Problem words={problem} />
      </fieldset>
    );
  }
  const common = { label: field.label, help: helpOf(field), required: field.required, error: problem };
  const typed = (event: { target: { value: string } }): void => {
    onChange(event.target.value);
  };
  switch (field.kind) {
    case 'choice':
      return (
        <Field {...common}>
          <Select
            value={value}
            options={[
              ...(field.required && value !== '' ? [] : [{ value: '', label: field.required ? 'Choose one' : 'None' }]),
              ...field.options.map(({ label }, place) => ({ value: String(place), label })),
            ]}
            onChange={onChange}
          />
        </Field>
      );
    case 'multiline':
    case 'texts':
    case 'json':
      return (
        <Field {...common}>
          <Textarea
            rows={field.kind === 'json' ? 5 : 3}
            spellCheck={field.kind === 'multiline'}
            className={field.kind === 'json' ? 'font-mono text-12' : undefined}
            value={value}
            onChange={typed}
          />
        </Field>
      );
    default:
      return (
        <Field {...common}>
          <Input
            type={ONE_LINE[field.kind]}
            inputMode={field.kind === 'number' ? 'decimal' : field.kind === 'integer' ? 'numeric' : undefined}
            value={value}
            onChange={typed}
          />
        </Field>
      );
  }
}

function Problem({ words }: { readonly words: string | null }): ReactElement {
  return <div aria-live="polite">{words !== null && <p className="mt-1 text-12 text-failed-text">{words}</p>}</div>;
}

function helpOf({ kind, help }: FormField): string | undefined {
  const how = kind === 'texts' ? 'One per line.' : kind === 'json' ? 'As JSON.' : null;
  const parts = [help, how].filter((part) => part !== null);
  return parts.length === 0 ? undefined : parts.join(' ');
}
