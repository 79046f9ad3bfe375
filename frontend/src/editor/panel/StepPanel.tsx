/** Everything about the selected step (E56): its own fields, how it is undone, what a failure does, and its limits. */
import { isHolder, isTrigger, stepKey } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactElement, RefObject } from 'react';
import { iconOf, kindWord, StepIcon, subtitleOf } from '../../canvas/index.js';
import { Field, IconButton, Textarea } from '../../ui/index.js';
import { useEditor } from '../editor-store.js';
import { OutputWords } from '../OutputHelp.js';
import { outputWords } from '../output-words.js';
import { FixButton } from './FixButton.js';
import { NameField } from './NameField.js';
import { SchemaField } from './SchemaField.js';
import { PanelFormContext, useNewStepForm } from './step-form.js';
import type { PanelForm, StepForm } from './step-form.js';
import { ownFields, StepOptions } from './StepOptions.js';
import { TriggerHead } from './TriggerHead.js';
import { isUndoable, UndoSection } from './UndoSection.js';

export interface StepPanelProps {
  readonly node: GraphNode;
  readonly workflowId: string;
  /** Left out in a sheet, which has a title and a way to close of its own. */
  readonly onClose?: (() => void) | undefined;
}

export function StepPanel({ node, workflowId, onClose }: StepPanelProps): ReactElement {
  const form = useNewStepForm(node, workflowId);
  const body = useRef<HTMLDivElement>(null);
  useJump(body);
  return (
    <PanelFormContext value={form}>
      <aside aria-label={`Step ${node.name}`} className="step-panel">
        {onClose && <PanelHead node={node} onClose={onClose} />}
        <div ref={body} className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-4">
          <WholeProblems form={form} />
          {/* One step's half-typed fields must not show at another step. */}
          <div key={node.id} className="flex flex-col gap-4">
            {node.kind !== 'note' && <NameField node={node} />}
            {EXPLAINED[node.kind] !== undefined && <p className="text-13 text-muted">{EXPLAINED[node.kind]}</p>}
            {isTrigger(node.kind) && <TriggerHead />}
            {ownFields(node.kind).map((field) => (
              <SchemaField key={field.name} field={field} path={[field.name]} />
            ))}
            {isUndoable(node) && <UndoSection node={node} />}
            <StepOptions />
            <NoteField form={form} />
          </div>
          <Reading node={node} />
        </div>
      </aside>
    </PanelFormContext>
  );
}

/** Of kinds whose fields, if any, do not say what they do. */
const EXPLAINED: Readonly<Partial<Record<GraphNode['kind'], string>>> = {
  'trigger.called':
    'Other workflows can use this one as a step; what they give is trigger.data, the output of the end is what they get.',
  parallel: 'Everything connected behind this step starts at once. Let the ways meet again in a Join.',
  inclusive:
    'Every case whose condition holds is taken; the way “else” when there is none. Let the ways meet again in a Join.',
  branch: 'The first case whose condition holds is taken, else the way “else”.',
  race: 'What comes first decides the way on; the others are withdrawn.',
  scope:
    'A line from “on failure inside” leads to what takes a failure inside; then nothing is undone, unless you say so below. Without it the scope fails and is undone as one with what is around.',
  terminate: 'Stops every other branch of what it lies in and ends that; what was done stays done.',
  group: 'A frame on the drawing; the flow knows nothing of it.',
};

function PanelHead({ node, onClose }: { readonly node: GraphNode; readonly onClose: () => void }): ReactElement {
  return (
    <header className="flex items-start gap-3 border-b border-border px-4 py-3">
      <span className="grid size-8 shrink-0 place-items-center rounded-card bg-idle-tint">
        <StepIcon icon={iconOf(node)} size={17} />
      </span>
      <div className="min-w-0 flex-1">
        <h2 className="truncate text-14 font-semibold">{node.name}</h2>
        <p className="truncate text-12 text-muted">{node.kind === 'action' ? subtitleOf(node) : kindWord(node.kind)}</p>
      </div>
      <IconButton label="Close" shortcut="Esc" onClick={onClose}>
        <X size={15} aria-hidden="true" />
      </IconButton>
    </header>
  );
}

/** Problems of the whole; those of a field stand at the field. */
export function WholeProblems({ form }: { readonly form: PanelForm }): ReactElement {
  return (
    <>
      {form.problems
        .filter((each) => each.field === null)
        .map((each) => (
          <div
            key={each.id + each.message}
            className={`flex items-start gap-2 ${each.level === 'error' ? 'problem-box' : 'problem-box problem-box-warning'}`}
          >
            <span className="min-w-0 flex-1">{each.message}</span>
            <FixButton problem={each} />
          </div>
        ))}
    </>
  );
}

function NoteField({ form }: { readonly form: StepForm }): ReactElement | null {
  const { node } = form;
  if (node.kind === 'note') return null;
  return (
    <div className="border-t border-border pt-4">
      <Field label="Note" help="For those who read the drawing.">
        <Textarea
          rows={2}
          maxLength={4000}
          value={node.note ?? ''}
          onBlur={form.seal}
          onChange={(event) => form.set(['note'], event.target.value === '' ? undefined : event.target.value)}
        />
      </Field>
    </div>
  );
}

/** How expressions of later steps reach what this one gives. */
function Reading({ node }: { readonly node: GraphNode }): ReactElement | null {
  if (node.kind === 'note' || node.kind === 'group' || node.kind === 'parallel' || node.kind === 'join') return null;
  if (node.kind === 'end' || node.kind === 'fail' || node.kind === 'terminate') return null;
  const path = isTrigger(node.kind) ? 'trigger.data' : `steps.${stepKey(node.name)}.output`;
  return (
    <p className="text-12 text-muted">
      {isHolder(node) ? 'In expressions behind it: ' : 'In expressions: '}
      <code className="rounded-tag bg-idle-tint px-1 py-0.5 text-11">{path}</code>
      {outputWords(node.kind) !== null && (
        <>
          , {isTrigger(node.kind) ? 'that is ' : ''}
          <OutputWords kind={node.kind} />
        </>
      )}
      .
    </p>
  );
}

/** Shows and focuses what a problem or the undo card asked for. */
export function useJump(body: RefObject<HTMLDivElement | null>): void {
  const jump = useEditor((state) => state.jump);
  useEffect(() => {
    if (!jump || !body.current) return;
    if (jump.field.startsWith('undo')) body.current.querySelector('#undo-section')?.scrollIntoView({ block: 'start' });
    else body.current.querySelector<HTMLElement>('[aria-invalid=true], [data-invalid=true] .cm-content')?.focus();
  }, [jump, body]);
}
