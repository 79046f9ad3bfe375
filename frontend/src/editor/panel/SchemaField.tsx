/** One field of a step or of the workflow, made from the schema's shape and the table of words; parts of parts are made the same way. */
import type { FieldPath } from '@sagawright/shared/graph';
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';
import { createElement, useState } from 'react';
import type { ReactElement } from 'react';
import { Field, Input, Select, Switch, Textarea } from '../../ui/index.js';
import { newId } from '../editor-store.js';
import { JsonField } from '../JsonField.js';
import { TemplateField } from '../TemplateField.js';
import type { FieldShape } from './field-shape.js';
import { startOf } from './field-start.js';
import type { FieldWords } from './field-words.js';
import { FixButton } from './FixButton.js';
import { ListField } from './ListField.js';
import { NumberField } from './NumberField.js';
import { specialField } from './special-fields.js';
import { SpanField } from './SpanField.js';
import { nameOf, usePanelForm, useWords } from './step-form.js';

export interface SchemaFieldProps {
  readonly field: FieldShape;
  readonly path: FieldPath;
}

export function SchemaField({ field, path }: SchemaFieldProps): ReactElement | null {
  const panel = usePanelForm();
  if (field.name === 'id') return null;
  const Special = specialField(panel.kind, nameOf(path));
  if (Special) return createElement(Special, { field, path });
  const { kind } = field.shape;
  if (field.optional && (kind === 'object' || kind === 'union')) return <OptionalPart field={field} path={path} />;
  if (kind === 'object') return <Part fields={field.shape.fields} path={path} />;
  if (kind === 'union') return <UnionField field={field} path={path} options={field.shape.options} />;
  if (kind === 'list') {
    return <ListField field={field} path={path} renderItem={(item, at) => <SchemaField field={item} path={at} />} />;
  }
  return <SimpleField field={field} path={path} />;
}

/** Several fields in the order of the schema. */
export function Part({
  fields,
  path,
}: {
  readonly fields: readonly FieldShape[];
  readonly path: FieldPath;
}): ReactElement {
  return (
    <>
      {fields.map((field) => (
        <SchemaField key={field.name} field={field} path={[...path, field.name]} />
      ))}
    </>
  );
}

/** A part that is there or not: a switch, and its fields while it is on. */
function OptionalPart({ field, path }: SchemaFieldProps): ReactElement {
  const form = usePanelForm();
  const words = useWords(path);
  const on = form.get(path) !== undefined;
  const inner: FieldShape = { ...field, optional: false };
  return (
    <div className="flex flex-col gap-3">
      <Field label={words.label} help={words.help} action={<FixButton problem={form.problemAt(path)} />}>
        <Switch
          checked={on}
          onChange={(next) => {
            form.set(path, next ? startOf(inner, null, newId) : undefined);
          }}
        />
      </Field>
      {on && (
        <div className="flex flex-col gap-3 border-l-2 border-border pl-3">
          <SchemaField field={inner} path={path} />
        </div>
      )}
    </div>
  );
}

function UnionField({
  field,
  path,
  options,
}: SchemaFieldProps & { readonly options: Readonly<Record<string, readonly FieldShape[]>> }): ReactElement {
  const form = usePanelForm();
  const words = useWords(path);
  const value = form.get(path);
  const tag = isJsonObject(value) && typeof value['kind'] === 'string' ? value['kind'] : '';
  return (
    <>
      <Field label={words.label} help={words.help} action={<FixButton problem={form.problemAt(path)} />}>
        <Select
          value={tag}
          options={Object.keys(options).map((each) => ({ value: each, label: each, ...words.choices?.[each] }))}
          onChange={(next) => {
            const start = startOf(field, next, newId);
            // What both alternatives have stays: the losers of a join, the label of a wait.
            const kept = isJsonObject(value)
              ? (options[next] ?? []).filter(({ name }) => value[name] !== undefined)
              : [];
            const same = Object.fromEntries(kept.map(({ name }) => [name, isJsonObject(value) ? value[name] : null]));
            form.set(path, isJsonObject(start) ? { ...start, ...same } : start);
          }}
        />
      </Field>
      <Part key={tag} fields={options[tag] ?? []} path={path} />
    </>
  );
}

function SimpleField({ field, path }: SchemaFieldProps): ReactElement | null {
  const form = usePanelForm();
  const words = useWords(path);
  const problem = form.problemAt(path);
  const value = form.get(path) ?? field.fallback;
  const { shape, optional } = field;
  const required = words.required === true && !optional;
  const common = {
    label: words.label,
    help: words.help,
    error: problem?.message ?? null,
    action: <FixButton problem={problem} />,
  };
  switch (shape.kind) {
    case 'text': {
      const text = typeof value === 'string' ? value : '';
      const change = (next: string) => {
        if (next === '' && optional) form.set(path, undefined);
        else if (next.length >= shape.min) form.set(path, next);
      };
      if (words.template !== undefined) {
        return (
          <Field {...common} required={required}>
            <TemplateField
              label={words.label}
              mode={words.template}
              value={text}
              placeholder={words.placeholder ?? ''}
              data={form.data}
              onLeave={form.seal}
              onChange={change}
            />
          </Field>
        );
      }
      if (shape.max > 4000) {
        return (
          <Field {...common}>
            <Textarea rows={6} value={text} onBlur={form.seal} onChange={(event) => change(event.target.value)} />
          </Field>
        );
      }
      return <TextField {...common} required={required} text={text} words={words} max={shape.max} onChange={change} />;
    }
    case 'number':
      return (
        <NumberField
          {...common}
          value={typeof value === 'number' ? value : optional ? undefined : shape.min}
          min={shape.min}
          max={Math.min(shape.max, 1_000_000)}
          onLeave={form.seal}
          onChange={(next) => form.set(path, shape.whole ? Math.round(next) : next)}
          onEmpty={optional ? () => form.set(path, undefined) : undefined}
        />
      );
    case 'span':
      return (
        <SpanField
          {...common}
          value={typeof value === 'number' ? value : undefined}
          min={shape.min}
          max={shape.max}
          optional={optional}
          onLeave={form.seal}
          onChange={(next) => form.set(path, next)}
        />
      );
    case 'choice':
      return (
        <Field {...common}>
          <Select
            value={typeof value === 'string' ? value : ''}
            options={[
              ...(optional ? [{ value: '', label: 'As it comes' }] : []),
              ...shape.values.map((each) => ({ value: each, label: each, ...words.choices?.[each] })),
            ]}
            onChange={(next) => {
              form.set(path, next === '' ? undefined : next);
            }}
          />
        </Field>
      );
    case 'yes-no':
      return (
        <Field {...common}>
          <Switch checked={value === true} onChange={(next) => form.set(path, next)} />
        </Field>
      );
    case 'json':
      return (
        <JsonField
          {...common}
          value={value as Json | undefined}
          data={LITERAL.test(`${form.kind}.${nameOf(path)}`) ? undefined : form.data}
          onLeave={form.seal}
          onChange={(next) => form.set(path, next === undefined && !optional ? {} : next)}
        />
      );
    case 'object':
    case 'union':
    case 'list':
      return null;
  }
}

/** JSON that is taken as it stands. */
const LITERAL = /\.(sample|filter|form)$|^workflow\.variables$/;

/** Keeps what is being typed while it is too short for the document: an empty code, an empty name. */
function TextField({
  text,
  words,
  max,
  onChange,
  ...common
}: {
  readonly label: string;
  readonly help: string | undefined;
  readonly error: string | null;
  readonly action: ReactElement;
  readonly required: boolean;
  readonly text: string;
  readonly words: FieldWords;
  readonly max: number;
  readonly onChange: (text: string) => void;
}): ReactElement {
  const form = usePanelForm();
  const [typed, setTyped] = useState(text);
  const [seen, setSeen] = useState(text);
  if (seen !== text) {
    setSeen(text);
    setTyped(text);
  }
  const empty = common.required && typed === '';
  return (
    <Field {...common} error={empty ? `${common.label} is needed.` : common.error}>
      <Input
        value={typed}
        placeholder={words.placeholder}
        maxLength={Number.isFinite(max) ? max : undefined}
        onChange={(event) => {
          setTyped(event.target.value);
          onChange(event.target.value);
        }}
        onBlur={() => {
          setTyped(text);
          form.seal();
        }}
      />
    </Field>
  );
}
