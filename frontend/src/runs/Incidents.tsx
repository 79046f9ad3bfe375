import { OctagonAlert } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Json } from '@sagawright/shared/kernel';
import type { IncidentState, Resolution, RunState, SagaDefinition } from '@sagawright/shared/saga';
import { client, keys, problemOf, useAction } from '../api/index.js';
import { Button, Dialog, Field, Input, Textarea, Time, classNames, useToasts } from '../ui/index.js';
import { instanceName, undoName } from './attempts.js';
import { parseObject } from './parse-object.js';

export interface IncidentsProps {
  readonly runId: string;
  readonly definition: SagaDefinition;
  readonly state: RunState;
  readonly onSelect: (instance: string) => void;
}

/** What only a person can decide, at the top of the page with everything needed to decide (S21). */
export function Incidents({ runId, definition, state, onSelect }: IncidentsProps): ReactElement | null {
  const [resolving, setResolving] = useState<IncidentState | null>(null);
  const open = Object.values(state.incidents).filter((incident) => !incident.resolved);
  if (open.length === 0) return null;
  return (
    <section
      aria-label="Incidents"
      className="shrink-0 divide-y divide-failed/20 border-b border-failed/30 bg-failed-tint"
    >
      {open.map((incident) => (
        <div key={incident.id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2 md:px-6">
          <OctagonAlert size={16} aria-hidden="true" className="shrink-0 text-failed-text" />
          <div className="min-w-0 flex-1 basis-60">
            <p className="text-13 font-semibold text-failed-text">
              <button
                type="button"
                className="min-h-6 rounded-tag text-left hover:underline"
                onClick={() => {
                  onSelect(incident.instance);
                }}
              >
                {nameOf(definition, incident)} needs your decision
              </button>
            </p>
            <p className="text-12 [overflow-wrap:anywhere]">
              {incident.failure.message} <Time at={incident.openedAt} className="text-muted" />
            </p>
          </div>
          <Button
            variant="primary"
            size="compact"
            onClick={() => {
              setResolving(incident);
            }}
          >
            Resolve…
          </Button>
        </div>
      ))}
      {resolving !== null && (
        <ResolveDialog
          runId={runId}
          incident={resolving}
          name={nameOf(definition, resolving)}
          input={inputOf(state, resolving)}
          onClose={() => {
            setResolving(null);
          }}
        />
      )}
    </section>
  );
}

function nameOf(definition: SagaDefinition, incident: IncidentState): string {
  return incident.direction === 'undo'
    ? undoName(definition, incident.instance)
    : instanceName(definition, incident.instance);
}

function inputOf(state: RunState, incident: IncidentState): Json {
  const instance = state.instances[incident.instance];
  if (incident.direction === 'forward') return instance?.input ?? {};
  return instance?.undo.input?.kind === 'value' ? instance.undo.input.value : {};
}

type Choice = Resolution['kind'];

const CHOICES: readonly {
  readonly value: Choice;
  readonly label: string;
  readonly forward: string;
  readonly undo: string;
}[] = [
  { value: 'retry', label: 'Try again', forward: 'With the same input.', undo: 'With the same input.' },
  {
    value: 'retry-with-input',
    label: 'Try again with other input',
    forward: 'Change what is sent.',
    undo: 'Change what is sent.',
  },
  {
    value: 'done',
    label: 'It is done',
    forward: 'I have seen or brought about the effect by hand; the run goes on.',
    undo: 'I have undone it by hand; the rest of the undo goes on.',
  },
  {
    value: 'skip',
    label: 'Leave it',
    forward: 'Take the step as failed; what went before is undone.',
    undo: 'This effect stays as it is; the rest of the undo goes on.',
  },
];

interface ResolveDialogProps {
  readonly runId: string;
  readonly incident: IncidentState;
  readonly name: string;
  readonly input: Json;
  readonly onClose: () => void;
}

function ResolveDialog({ runId, incident, name, input, onClose }: ResolveDialogProps): ReactElement {
  const toasts = useToasts();
  const [choice, setChoice] = useState<Choice>('retry');
  const [text, setText] = useState(() => JSON.stringify(input, null, 2));
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  const parsed = parseObject(text);
  const needsReason = choice === 'done' || choice === 'skip';
  const resolve = useAction<Resolution>({
    run: (resolution) =>
      client.resolveIncident({
        params: { id: runId, incident: incident.id },
        body: { resolution, reason: reason.trim() },
      }),
    invalidates: [keys.run(runId)],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: 'Decided. The run goes on.' });
      onClose();
    },
  });

  function submit(): void {
    setSent(true);
    if (needsReason && reason.trim() === '') return;
    if (choice === 'retry') resolve.mutate({ kind: 'retry' });
    else if (choice === 'done') resolve.mutate({ kind: 'done', note: reason.trim() });
    else if (choice === 'skip') resolve.mutate({ kind: 'skip', reason: reason.trim() });
    else if (parsed !== null) resolve.mutate({ kind: 'retry-with-input', input: parsed });
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Resolve: ${name}`}
      description={incident.failure.message}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={resolve.isPending} onClick={submit}>
            {CHOICES.find((each) => each.value === choice)?.label}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 pb-2">
        {resolve.error !== null && (
          <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
            {problemOf(resolve.error).detail}
          </p>
        )}
        <div role="radiogroup" aria-label="Decision" className="flex flex-col gap-1.5">
          {CHOICES.map((each) => (
            <label
              key={each.value}
              className={classNames(
                'flex items-start gap-2.5 rounded-card border px-3 py-2',
                choice === each.value ? 'border-accent bg-accent-tint' : 'border-border hover:bg-hover',
              )}
            >
              <input
                type="radio"
                name="resolution"
                className="mt-1 accent-accent"
                checked={choice === each.value}
                onChange={() => {
                  setChoice(each.value);
                }}
              />
              <span>
                <span className="block font-medium">{each.label}</span>
                <span className="block text-12 text-muted">
                  {incident.direction === 'undo' ? each.undo : each.forward}
                </span>
              </span>
            </label>
          ))}
        </div>
        {choice === 'retry-with-input' && (
          <Field
            label="Input"
            required
            error={parsed === null ? 'This is not a JSON object: check commas, quotes and braces.' : null}
          >
            <Textarea
              rows={8}
              spellCheck={false}
              className="font-mono text-12"
              value={text}
              onChange={(event) => {
                setText(event.target.value);
              }}
            />
          </Field>
        )}
        <Field
          label={choice === 'done' ? 'What was done' : 'Reason'}
          required={needsReason}
          help="Kept in the journal beside your name."
          error={
            sent && needsReason && reason.trim() === ''
              ? 'Say it in a few words; whoever reads the journal needs it.'
              : null
          }
        >
          <Input
            maxLength={500}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </Field>
      </div>
    </Dialog>
  );
}
