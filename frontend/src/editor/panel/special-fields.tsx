/** Fields that the schema alone says too little about: each is found by kind and dotted path, like their words. */
import { effectClassSchema } from '@sagawright/shared/graph';
import type { FieldPath, RetryPolicy } from '@sagawright/shared/graph';
import { isJsonObject } from '@sagawright/shared/kernel';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import type { ComponentType, ReactElement } from 'react';
import { workflowsQuery } from '../../api/index.js';
import { allConnectors, cronInWords, operationOf, triggersOf } from '../../canvas/index.js';
import { Button, Field, IconButton, Input, Menu, Select } from '../../ui/index.js';
import { CodeField } from './CodeField.js';
import type { FieldShape } from './field-shape.js';
import { FilterField } from './FilterField.js';
import { FixButton } from './FixButton.js';
import { OperationForm } from '../OperationForm.js';
import { RetryFields } from './RetryFields.js';
import type { FormKind } from './field-words.js';
import { SpanField } from './SpanField.js';
import { usePanelForm, useStepForm, useWords } from './step-form.js';

interface SpecialProps {
  readonly field: FieldShape;
  readonly path: FieldPath;
}

const SPECIAL: Readonly<Record<string, ComponentType<SpecialProps>>> = {
  'action.connector': Nothing,
  'action.operation': Nothing,
  'action.input': OperationInput,
  'action.effect': EffectField,
  'trigger.connector.connector': ConnectorField,
  'trigger.connector.trigger': ConnectorTriggerField,
  'trigger.schedule.schedule.expression': CronField,
  'trigger.schedule.schedule.timeZone': TimeZoneField,
  'trigger.failure.workflows': WorkflowsField,
  'call.workflow': WorkflowField,
  'emit.workflow': ReceiverField,
  'code.source': SourceField,
  'event.filter': FilterField,
  'arms.event.filter': FilterField,
  retry: RetryField,
  'workflow.concurrency.debounceMs': QuietTimeField,
};

export function specialField(kind: FormKind, name: string): ComponentType<SpecialProps> | undefined {
  return SPECIAL[`${kind}.${name}`] ?? SPECIAL[name];
}

/** Chosen with the step itself; “Replace the type” changes it. */
function Nothing(): null {
  return null;
}

function OperationInput({ path }: SpecialProps): ReactElement | null {
  const form = useStepForm();
  const { node } = form;
  if (node.kind !== 'action') return null;
  return (
    <OperationForm
      key={`${node.connector}/${node.operation}`}
      schema={operationOf(node.connector, node.operation)?.input ?? { type: 'object', properties: {}, required: [] }}
      value={node.input}
      data={form.data}
      problem={(field) => form.problemAt([...path, field])?.message ?? null}
      onLeave={form.seal}
      onChange={(field, value) => form.set([...path, field], value)}
    />
  );
}

const EFFECTS = effectClassSchema.options;

/** Only classes that are stricter than the connector's can be chosen (S1). */
function EffectField({ path }: SpecialProps): ReactElement | null {
  const form = useStepForm();
  const words = useWords(path);
  const { node } = form;
  if (node.kind !== 'action') return null;
  const declared = operationOf(node.connector, node.operation)?.effect;
  const stricter = EFFECTS.slice(declared === undefined ? 0 : EFFECTS.indexOf(declared) + 1);
  const own =
    declared === undefined
      ? 'As the connector says'
      : `As the connector says: ${words.choices?.[declared]?.label ?? declared}`;
  return (
    <Field label={words.label} help={words.help} error={form.problemAt(path)?.message ?? null}>
      <Select
        value={node.effect ?? ''}
        options={[
          { value: '', label: own },
          ...EFFECTS.filter((each) => stricter.includes(each) || each === node.effect).map((each) => ({
            value: each,
            label: words.choices?.[each]?.label ?? each,
          })),
        ]}
        onChange={(next) => {
          form.set(path, next === '' ? undefined : next);
        }}
      />
    </Field>
  );
}

function ConnectorField({ path }: SpecialProps): ReactElement | null {
  const form = useStepForm();
  const words = useWords(path);
  const { node } = form;
  if (node.kind !== 'trigger.connector') return null;
  const offering = allConnectors().filter((each) => Object.keys(triggersOf(each.id)).length > 0);
  return (
    <Field {...words} error={form.problemAt(path)?.message ?? null}>
      <Select
        value={node.connector}
        options={offering.map((each) => ({ value: each.id, label: each.name }))}
        onChange={(next) => {
          form.set(path, next);
        }}
      />
    </Field>
  );
}

function ConnectorTriggerField({ path }: SpecialProps): ReactElement | null {
  const form = useStepForm();
  const words = useWords(path);
  const { node } = form;
  if (node.kind !== 'trigger.connector') return null;
  return (
    <Field {...words} error={form.problemAt(path)?.message ?? null}>
      <Select
        value={node.trigger}
        options={Object.entries(triggersOf(node.connector)).map(([value, { title, description }]) => ({
          value,
          label: title,
          description,
        }))}
        onChange={(next) => {
          form.set(path, next);
        }}
      />
    </Field>
  );
}

function CronField({ path }: SpecialProps): ReactElement {
  const form = useStepForm();
  const words = useWords(path);
  const text = String(form.get(path) ?? '');
  const problem = form.problemAt(path);
  const reading = cronInWords(text);
  return (
    <Field
      label={words.label}
      required
      help={reading ?? 'Minute, hour, day of the month, month, day of the week; seconds may stand in front.'}
      action={<FixButton problem={problem} />}
      error={problem?.message ?? (reading === null ? 'This is no cron expression yet.' : null)}
    >
      <Input
        className="font-mono"
        spellCheck={false}
        value={text}
        placeholder={words.placeholder}
        onBlur={form.seal}
        onChange={(event) => event.target.value !== '' && form.set(path, event.target.value)}
      />
    </Field>
  );
}

function TimeZoneField({ path }: SpecialProps): ReactElement {
  const form = useStepForm();
  const words = useWords(path);
  const value = String(form.get(path) ?? '');
  const known = Intl.supportedValuesOf('timeZone');
  const valid = value === 'UTC' || known.includes(value);
  return (
    <Field
      label={words.label}
      required
      error={
        form.problemAt(path)?.message ?? (valid ? null : 'No time zone is called so; take one such as Europe/Berlin.')
      }
    >
      <Input
        list="time-zones"
        spellCheck={false}
        value={value}
        placeholder={words.placeholder}
        onBlur={form.seal}
        onChange={(event) => event.target.value !== '' && form.set(path, event.target.value)}
      />
      <datalist id="time-zones">
        {['UTC', ...known].map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </Field>
  );
}

function useWorkflowNames(): readonly { readonly id: string; readonly name: string }[] {
  const { data } = useInfiniteQuery(workflowsQuery(''));
  return data?.pages.flatMap((page) => page.items) ?? [];
}

/** Whoever listens, or one workflow. */
function ReceiverField({ path }: SpecialProps): ReactElement {
  const form = useStepForm();
  const words = useWords(path);
  const workflows = useWorkflowNames();
  return (
    <Field label={words.label} help={words.help} error={form.problemAt(path)?.message ?? null}>
      <Select
        value={String(form.get(path) ?? '')}
        options={[
          { value: '', label: 'Whoever listens for it' },
          ...workflows.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(next) => {
          form.set(path, next === '' ? undefined : next);
        }}
      />
    </Field>
  );
}

function WorkflowField({ path }: SpecialProps): ReactElement {
  const form = useStepForm();
  const words = useWords(path);
  const value = String(form.get(path) ?? '');
  const workflows = useWorkflowNames();
  const known = workflows.some((each) => each.id === value);
  const problem = form.problemAt(path)?.message ?? (known ? null : 'Choose the workflow to run.');
  return (
    <>
      <Field label={words.label} required error={problem}>
        <Select
          value={value}
          options={[
            ...(known ? [] : [{ value, label: 'None chosen', disabled: true }]),
            ...workflows.map((each) => ({
              value: each.id,
              label: each.id === form.workflowId ? `${each.name} (this one)` : each.name,
            })),
          ]}
          onChange={(next) => {
            form.set(path, next);
          }}
        />
      </Field>
      {known && (
        <a href={`/workflows/${value}`} className="text-12 text-accent underline">
          Open the sub-workflow
        </a>
      )}
    </>
  );
}

function WorkflowsField({ path }: SpecialProps): ReactElement {
  const form = useStepForm();
  const words = useWords(path);
  const workflows = useWorkflowNames();
  const value = form.get(path);
  const chosen: readonly string[] = Array.isArray(value) ? value.map(String) : [];
  const nameOf = (id: string) => workflows.find((each) => each.id === id)?.name ?? id;
  const rest = workflows.filter((each) => !chosen.includes(each.id) && each.id !== form.workflowId);
  return (
    <section aria-label={words.label} className="flex flex-col gap-2">
      <h3 className="text-12 font-medium">{words.label}</h3>
      <p className="text-12 text-muted">{words.help}</p>
      {chosen.map((id) => (
        <div key={id} className="flex items-center gap-2 rounded-card border border-border py-1 pr-1 pl-3 text-13">
          <span className="min-w-0 flex-1 truncate">{nameOf(id)}</span>
          <IconButton
            label={`Leave out ${nameOf(id)}`}
            onClick={() =>
              form.set(
                path,
                chosen.filter((each) => each !== id),
              )
            }
          >
            <X size={14} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
      <Menu
        align="start"
        trigger={
          <Button disabled={rest.length === 0}>
            <Plus size={14} aria-hidden="true" /> Add a workflow
          </Button>
        }
        entries={rest.map((each) => ({
          id: each.id,
          label: each.name,
          onSelect: () => {
            form.set(path, [...chosen, each.id]);
          },
        }))}
      />
    </section>
  );
}

function SourceField({ path }: SpecialProps): ReactElement {
  const form = useStepForm();
  const words = useWords(path);
  const problem = form.problemAt(path);
  return (
    <Field
      label={words.label}
      help={words.help}
      required
      action={<FixButton problem={problem} />}
      error={problem?.message ?? null}
    >
      <CodeField
        label={words.label}
        value={String(form.get(path) ?? '')}
        onLeave={form.seal}
        onChange={(next) => {
          form.set(path, next);
        }}
      />
    </Field>
  );
}

function RetryField({ path }: SpecialProps): ReactElement {
  const form = useStepForm();
  const value = form.get(path);
  return (
    <RetryFields
      value={isJsonObject(value) ? (value as unknown as RetryPolicy) : undefined}
      error={form.problemAt(path)?.message ?? null}
      onChange={(retry) => form.set(path, retry)}
    />
  );
}

/** Only one policy waits for a quiet time. */
function QuietTimeField({ field, path }: SpecialProps): ReactElement | null {
  const form = usePanelForm();
  const words = useWords(path);
  const value = form.get(path);
  const problem = form.problemAt(path);
  if (field.shape.kind !== 'span' || form.get([...path.slice(0, -1), 'policy']) !== 'debounce') return null;
  return (
    <SpanField
      label={words.label}
      help={words.help}
      error={problem?.message ?? null}
      action={<FixButton problem={problem} />}
      value={typeof value === 'number' ? value : undefined}
      min={field.shape.min}
      max={field.shape.max}
      optional={field.optional}
      onLeave={form.seal}
      onChange={(next) => form.set(path, next)}
    />
  );
}
