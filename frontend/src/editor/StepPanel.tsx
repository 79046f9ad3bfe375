/** Everything about the selected step (E56): fields first, then what happens when it fails, then how it is undone. */
import { addCase, moveCase, nameProblem, removeCase, renameStep, setField, stepKey } from '@sagawright/shared/graph';
import type { FieldPath, GraphNode, NodeOf } from '@sagawright/shared/graph';
import { renameStepReferences } from '@sagawright/shared/expression';
import { ArrowDown, ArrowUp, Plus, Trash2, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { iconOf, kindWord, operationOf, StepIcon, subtitleOf } from '../canvas/index.js';
import { Button, Field, IconButton, Input, Select, Textarea, useToasts } from '../ui/index.js';
import { newId, useEditor, useEditorStore } from './editor-store.js';
import { JsonField } from './JsonField.js';
import { OperationForm } from './OperationForm.js';
import { referencesFor } from './references.js';
import { NumberField, RetryFields } from './RetryFields.js';
import { TemplateField } from './TemplateField.js';
import { TriggerFields } from './TriggerFields.js';
import { UndoSection } from './UndoSection.js';

export function StepPanel({
  node,
  workflowId,
  onClose,
}: {
  readonly node: GraphNode;
  readonly workflowId: string;
  /** Left out in a sheet, which has a title and a way to close of its own. */
  readonly onClose?: (() => void) | undefined;
}): ReactElement {
  const store = useEditorStore();
  const graph = useEditor((state) => state.graph);
  const diagnostics = useEditor((state) => state.diagnostics);
  const jump = useEditor((state) => state.jump);
  const body = useRef<HTMLDivElement>(null);
  const mine = diagnostics.filter((each) => each.node === node.id);
  const problem = (field: string) =>
    mine.find((each) => each.field === field || each.field?.startsWith(`${field}.`) === true)?.message ?? null;
  const set = (path: FieldPath, value: unknown) => store.getState().apply(setField(graph, node.id, path, value));
  const seal = () => {
    store.getState().seal();
  };
  const references = referencesFor(graph, node.id);

  useEffect(() => {
    if (!jump || !body.current) return;
    if (jump.field.startsWith('undo')) body.current.querySelector('#undo-section')?.scrollIntoView({ block: 'start' });
    else body.current.querySelector<HTMLElement>('[aria-invalid=true], [data-invalid=true] .cm-content')?.focus();
  }, [jump]);

  return (
    <aside aria-label={`Step ${node.name}`} className="step-panel">
      {onClose && (
        <header className="flex items-start gap-3 border-b border-border px-4 py-3">
          <span className="grid size-8 shrink-0 place-items-center rounded-card bg-idle-tint">
            <StepIcon icon={iconOf(node)} size={17} />
          </span>
          <div className="min-w-0 flex-1">
            <h2 className="truncate text-14 font-semibold">{node.name}</h2>
            <p className="truncate text-12 text-muted">
              {node.kind === 'action' ? subtitleOf(node) : kindWord(node.kind)}
            </p>
          </div>
          <IconButton label="Close" shortcut="Esc" onClick={onClose}>
            <X size={15} aria-hidden="true" />
          </IconButton>
        </header>
      )}
      <div ref={body} className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-4">
        {mine
          .filter((each) => each.field === null)
          .map((each) => (
            <p
              key={each.id + each.message}
              className={each.level === 'error' ? 'problem-box' : 'problem-box problem-box-warning'}
            >
              {each.message}
            </p>
          ))}
        {node.kind !== 'note' && <NameField key={node.id} node={node} />}
        <KindFields
          node={node}
          workflowId={workflowId}
          set={set}
          seal={seal}
          problem={problem}
          references={references}
        />
        {node.kind === 'action' && (
          <>
            <hr className="border-border" />
            <UndoSection key={node.id} node={node} problem={problem} />
            <hr className="border-border" />
            <section aria-label="When it fails" className="flex flex-col gap-3">
              <h3 className="text-13 font-semibold">When it fails</h3>
              <Field label="After the last attempt" error={problem('onFailure')}>
                <Select
                  value={node.onFailure}
                  options={[
                    { value: 'fail', label: 'Fail and undo', description: 'Everything done before is undone' },
                    { value: 'continue', label: 'Go on with the error as output' },
                    {
                      value: 'error-edge',
                      label: 'Follow the error line',
                      description: 'Draw it from the red circle under the step',
                    },
                  ]}
                  onChange={(value) => set(['onFailure'], value)}
                />
              </Field>
              <RetryFields value={node.retry} onChange={(retry) => set(['retry'], retry)} />
              <NumberField
                label="Attempt timeout (s)"
                help="How long one attempt may take before its outcome counts as unknown."
                value={(node.attemptTimeoutMs ?? 30_000) / 1000}
                min={0.1}
                max={86_400}
                onChange={(seconds) => set(['attemptTimeoutMs'], Math.round(seconds * 1000))}
              />
            </section>
          </>
        )}
        {node.kind !== 'note' && (
          <p className="text-12 text-muted">
            In expressions:{' '}
            <code className="rounded-tag bg-idle-tint px-1 py-0.5 text-11">
              {node.kind.startsWith('trigger') ? 'trigger.data' : `steps.${stepKey(node.name)}.output`}
            </code>
          </p>
        )}
      </div>
    </aside>
  );
}

function NameField({ node }: { readonly node: GraphNode }): ReactElement {
  const store = useEditorStore();
  const toasts = useToasts();
  const [text, setText] = useState(node.name);
  const [seen, setSeen] = useState(node.name);
  if (seen !== node.name) {
    setSeen(node.name);
    setText(node.name);
  }
  const problem = nameProblem(store.getState().graph, node.id, text);
  const commit = () => {
    if (problem !== null || text.trim() === node.name) return;
    const renamed = renameStep(store.getState().graph, node.id, text, renameStepReferences);
    if (!renamed) return;
    store.getState().apply(renamed.edit);
    if (renamed.count > 0)
      toasts.show({
        title: `Renamed; ${renamed.count} ${renamed.count === 1 ? 'expression follows' : 'expressions follow'}`,
      });
  };
  return (
    <Field label="Name" error={problem}>
      <Input
        value={text}
        maxLength={80}
        onChange={(event) => {
          setText(event.target.value);
        }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
        }}
      />
    </Field>
  );
}

interface KindFieldsProps {
  readonly node: GraphNode;
  readonly workflowId: string;
  readonly set: (path: FieldPath, value: unknown) => boolean;
  readonly seal: () => void;
  readonly problem: (field: string) => string | null;
  readonly references: ReturnType<typeof referencesFor>;
}

function KindFields({ node, workflowId, set, seal, problem, references }: KindFieldsProps): ReactElement | null {
  switch (node.kind) {
    case 'trigger.webhook':
    case 'trigger.manual':
      return <TriggerFields key={node.id} node={node} workflowId={workflowId} />;
    case 'action':
      return (
        <OperationForm
          key={`${node.id} ${node.connector}/${node.operation}`}
          schema={
            operationOf(node.connector, node.operation)?.input ?? { type: 'object', properties: {}, required: [] }
          }
          value={node.input}
          references={references}
          problem={(field) => problem(`input.${field}`)}
          onLeave={seal}
          onChange={(field, value) => set(['input', field], value)}
        />
      );
    case 'transform':
      return (
        <JsonField
          key={node.id}
          label="Values"
          help="What the step gives on: JSON with {{ expressions }} in its texts."
          error={problem('values')}
          value={node.values}
          references={references}
          onLeave={seal}
          onChange={(value) => set(['values'], value ?? {})}
        />
      );
    case 'branch':
      return <CaseFields node={node} problem={problem} references={references} />;
    case 'parallel':
      return (
        <p className="text-13 text-muted">
          Everything connected behind this step starts at once. Let the ways meet again in a Join.
        </p>
      );
    case 'join':
      return <JoinFields node={node} set={set} />;
    case 'delay':
      return <DelayFields node={node} set={set} seal={seal} problem={problem} references={references} />;
    case 'end':
      return (
        <JsonField
          key={node.id}
          label="Output of the run"
          help="Shown with the run and answered by the API. Optional."
          error={problem('output')}
          value={node.output}
          references={references}
          onLeave={seal}
          onChange={(value) => set(['output'], value)}
        />
      );
    case 'fail':
      return (
        <>
          <Field label="Code" required help="Stable and dotted, such as order.rejected.">
            <Input
              value={node.code}
              maxLength={120}
              onBlur={seal}
              onChange={(event) => event.target.value !== '' && set(['code'], event.target.value)}
            />
          </Field>
          <Field label="Message" error={problem('message')}>
            <TemplateField
              label="Message"
              mode="text"
              value={node.message}
              references={references}
              onLeave={seal}
              onChange={(value) => set(['message'], value)}
            />
          </Field>
        </>
      );
    case 'note':
      return (
        <Field label="Text">
          <Textarea rows={6} value={node.text} onBlur={seal} onChange={(event) => set(['text'], event.target.value)} />
        </Field>
      );
  }
}

function CaseFields({
  node,
  problem,
  references,
}: {
  readonly node: NodeOf<'branch'>;
  readonly problem: (field: string) => string | null;
  readonly references: ReturnType<typeof referencesFor>;
}): ReactElement {
  const store = useEditorStore();
  const { apply, seal } = store.getState();
  const graph = useEditor((state) => state.graph);
  return (
    <section aria-label="Cases" className="flex flex-col gap-3">
      <p className="text-12 text-muted">The first case whose condition holds is taken, else the way “else”.</p>
      {node.cases.map((each, index) => (
        <div key={each.id} className="flex flex-col gap-2 rounded-card border border-border p-3">
          <div className="flex items-center gap-1">
            <span className="flex-1 text-12 font-semibold">Case {index + 1}</span>
            <IconButton
              label="Move up"
              disabled={index === 0}
              onClick={() => apply(moveCase(graph, node.id, each.id, index - 1))}
            >
              <ArrowUp size={14} aria-hidden="true" />
            </IconButton>
            <IconButton
              label="Move down"
              disabled={index === node.cases.length - 1}
              onClick={() => apply(moveCase(graph, node.id, each.id, index + 1))}
            >
              <ArrowDown size={14} aria-hidden="true" />
            </IconButton>
            <IconButton
              label="Remove the case"
              disabled={node.cases.length === 1}
              onClick={() => apply(removeCase(graph, node.id, each.id))}
            >
              <Trash2 size={14} aria-hidden="true" />
            </IconButton>
          </div>
          <Field label="Label">
            <Input
              value={each.label}
              maxLength={80}
              onBlur={seal}
              onChange={(event) => apply(setField(graph, node.id, ['cases', index, 'label'], event.target.value))}
            />
          </Field>
          <Field label="Condition" required error={problem(`cases.${index}.when`)}>
            <TemplateField
              label="Condition"
              value={each.when}
              placeholder="{{ trigger.data.amountCents > 500 }}"
              references={references}
              onLeave={seal}
              onChange={(value) => apply(setField(graph, node.id, ['cases', index, 'when'], value))}
            />
          </Field>
        </div>
      ))}
      <Button onClick={() => apply(addCase(graph, node.id, { id: newId(), label: '', when: '' }))}>
        <Plus size={14} aria-hidden="true" /> Add a case
      </Button>
    </section>
  );
}

function JoinFields({
  node,
  set,
}: {
  readonly node: NodeOf<'join'>;
  readonly set: KindFieldsProps['set'];
}): ReactElement {
  const { mode } = node;
  const losers = mode.kind === 'all' ? 'cancel' : mode.losers;
  return (
    <>
      <Field label="Goes on">
        <Select
          value={mode.kind}
          options={[
            { value: 'all', label: 'When all ways have arrived' },
            { value: 'any', label: 'With the first way that arrives' },
            { value: 'n-of-m', label: 'When a number of ways has arrived' },
          ]}
          onChange={(kind) =>
            set(['mode'], kind === 'all' ? { kind } : kind === 'any' ? { kind, losers } : { kind, n: 2, losers })
          }
        />
      </Field>
      {mode.kind === 'n-of-m' && (
        <NumberField
          label="Ways"
          value={mode.n}
          min={1}
          max={1000}
          onChange={(n) => set(['mode'], { ...mode, n: Math.round(n) })}
        />
      )}
      {mode.kind !== 'all' && (
        <Field label="The others">
          <Select
            value={mode.losers}
            options={[
              { value: 'cancel', label: 'Are cancelled, and undone if they did something' },
              { value: 'ignore', label: 'Finish, and are ignored' },
            ]}
            onChange={(next) => set(['mode'], { ...mode, losers: next })}
          />
        </Field>
      )}
    </>
  );
}

function DelayFields({
  node,
  set,
  seal,
  problem,
  references,
}: Omit<KindFieldsProps, 'workflowId' | 'node'> & { readonly node: NodeOf<'delay'> }): ReactElement {
  const { delay } = node;
  return (
    <>
      <Field label="Waits">
        <Select
          value={delay.kind}
          options={[
            { value: 'for', label: 'For a time' },
            { value: 'until', label: 'Until an instant' },
          ]}
          onChange={(kind) =>
            set(['delay'], kind === 'for' ? { kind, durationMs: 60_000 } : { kind, instant: '{{ trigger.time }}' })
          }
        />
      </Field>
      {delay.kind === 'for' ? (
        <NumberField
          label="Seconds"
          value={delay.durationMs / 1000}
          min={0}
          max={31_536_000}
          onChange={(seconds) => set(['delay', 'durationMs'], Math.round(seconds * 1000))}
        />
      ) : (
        <Field label="Instant" help="ISO date and time, or milliseconds since 1970." error={problem('delay.instant')}>
          <TemplateField
            label="Instant"
            value={delay.instant}
            references={references}
            onLeave={seal}
            onChange={(value) => set(['delay', 'instant'], value)}
          />
        </Field>
      )}
    </>
  );
}
