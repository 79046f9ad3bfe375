import { useState } from 'react';
import type { ReactElement } from 'react';
import type { JsonObject } from '@sagawright/shared/kernel';
import { resolutionRefusal } from '@sagawright/shared/saga';
import type { IncidentState, Resolution, RunState, SagaDefinition, StepDefinition } from '@sagawright/shared/saga';
import { client, keys, useAction } from '../api/index.js';
import { allConnectors, connectorOf, operationOf } from '../canvas/catalogue.js';
import { JsonField } from '../forms/JsonField.js';
import { ProblemNote } from '../forms/ProblemNote.js';
import { parseJson, parseObject } from '../forms/parse-json.js';
import { Button, Dialog, Field, Input, Select, classNames, useToasts } from '../ui/index.js';
import { portWords } from './wait-words.js';

type Choice = Resolution['kind'];

interface ChoiceWords {
  readonly value: Choice;
  readonly label: string;
  readonly forward: string;
  readonly undo: string;
  /** Whoever reads the journal needs to know why. */
  readonly needsReason: boolean;
}

const CHOICES: readonly ChoiceWords[] = [
  {
    value: 'retry',
    label: 'Try again',
    forward: 'With the same input.',
    undo: 'With the same input.',
    needsReason: false,
  },
  {
    value: 'retry-with-input',
    label: 'Try again with other input',
    forward: 'Change what is sent.',
    undo: 'Change what is sent.',
    needsReason: false,
  },
  {
    value: 'use-action',
    label: 'Use another action',
    forward: 'Call something else that does the same.',
    undo: 'Call something else that undoes the same.',
    needsReason: false,
  },
  {
    value: 'done',
    label: 'It is done',
    forward: 'I have seen or brought about the effect by hand; the run goes on.',
    undo: 'I have undone it by hand; the rest of the undo goes on.',
    needsReason: true,
  },
  {
    value: 'skip',
    label: 'Leave it',
    forward: 'Take the step as failed; the drawing says what follows.',
    undo: 'This effect stays as it is; the rest of the undo goes on.',
    needsReason: true,
  },
  {
    value: 'resume-forward',
    label: 'Go on forward after all',
    forward: '',
    undo: 'Nothing more is undone; what was undone already is done again, and the run goes on.',
    needsReason: false,
  },
  {
    value: 'compensate-from-here',
    label: 'Turn around here',
    forward: 'Take the step as failed and undo, whatever the drawing says about its failure.',
    undo: '',
    needsReason: false,
  },
  {
    value: 'abandon',
    label: 'End the run here',
    forward: 'It ends at once as terminated. Nothing is undone: every effect stays as it is.',
    undo: 'It ends at once as terminated. Nothing more is undone: every effect left stays as it is.',
    needsReason: true,
  },
];

export interface ResolveDialogProps {
  readonly runId: string;
  readonly definition: SagaDefinition;
  readonly state: RunState;
  readonly incident: IncidentState;
  readonly name: string;
  readonly onClose: () => void;
}

/** What a person decides about an incident, with whatever that decision needs (S21). What is not possible says why. */
export function ResolveDialog({ runId, definition, state, incident, name, onClose }: ResolveDialogProps): ReactElement {
  const toasts = useToasts();
  const instance = state.instances[incident.instance];
  const step = definition.steps[instance?.step ?? ''];
  const forward = incident.direction === 'forward';
  const ways = step === undefined || !forward ? [] : waysOn(step);
  const [choice, setChoice] = useState<Choice>('retry');
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  const [text, setText] = useState(() => JSON.stringify(inputOf(state, incident), null, 2));
  const [evidence, setEvidence] = useState('');
  const [output, setOutput] = useState('');
  const [port, setPort] = useState(ways[0]?.value ?? 'out');
  const [action, setAction] = useState(() => standIn(step, forward));
  const input = parseObject(text);
  const typedOutput = output.trim() === '' ? undefined : parseJson(output);
  const badOutput = output.trim() !== '' && typedOutput === undefined;
  const operation = operationOf(action.connector, action.operation);
  const words = CHOICES.find((each) => each.value === choice) ?? CHOICES[0];
  const needsReason = words?.needsReason === true;
  const resolve = useAction<Resolution>({
    run: (resolution) =>
      client.resolveIncident({
        params: { id: runId, incident: incident.id },
        body: { resolution, reason: reason.trim() },
      }),
    invalidates: [keys.run(runId)],
    toastProblem: false,
    onDone: (_, { kind }) => {
      toasts.show({ tone: 'done', title: kind === 'abandon' ? 'Decided. The run ends.' : 'Decided. The run goes on.' });
      onClose();
    },
  });

  /** null while something is missing. */
  function decided(kind: Choice): Resolution | null {
    switch (kind) {
      case 'retry':
      case 'resume-forward':
      case 'compensate-from-here':
      case 'abandon':
        return { kind };
      case 'retry-with-input':
        return input === null ? null : { kind, input };
      case 'skip':
        return { kind, reason: reason.trim() };
      case 'use-action':
        if (input === null || operation === undefined) return null;
        return { kind, ...action, effect: operation.effect, input };
      case 'done':
        if (badOutput) return null;
        return {
          kind,
          note: reason.trim(),
          ...(evidence.trim() === '' ? {} : { evidence: evidence.trim() }),
          ...(typedOutput === undefined || !forward ? {} : { output: typedOutput }),
          ...(ways.length > 1 ? { port } : {}),
        };
    }
  }

  function submit(): void {
    setSent(true);
    if (needsReason && reason.trim() === '') return;
    const resolution = decided(choice);
    if (resolution !== null) resolve.mutate(resolution);
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
          <Button variant={choice === 'abandon' ? 'danger' : 'primary'} busy={resolve.isPending} onClick={submit}>
            {words?.label}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 pb-2">
        <ProblemNote error={resolve.error} />
        <div role="radiogroup" aria-label="Decision" className="flex flex-col gap-1.5">
          {CHOICES.filter((each) => (forward ? each.forward : each.undo) !== '').map((each) => {
            const refusal = resolutionRefusal(definition, state, incident.id, probe(each.value, ways[0]?.value));
            return (
              <Decision
                key={each.value}
                words={each}
                help={refusal?.message ?? (forward ? each.forward : each.undo)}
                possible={refusal === null}
                chosen={choice === each.value}
                onChoose={() => {
                  setChoice(each.value);
                  setSent(false);
                }}
              />
            );
          })}
        </div>
        {choice === 'use-action' && (
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Connector">
              <Select
                value={action.connector}
                options={allConnectors().map((each) => ({ value: each.id, label: each.name }))}
                onChange={(connector) => {
                  setAction({ connector, operation: Object.keys(connectorOf(connector)?.operations ?? {})[0] ?? '' });
                }}
              />
            </Field>
            <Field label="Operation" help={operation?.description}>
              <Select
                value={action.operation}
                options={Object.entries(connectorOf(action.connector)?.operations ?? {}).map(([value, each]) => ({
                  value,
                  label: each.title,
                }))}
                onChange={(next) => {
                  setAction({ ...action, operation: next });
                }}
              />
            </Field>
          </div>
        )}
        {(choice === 'retry-with-input' || choice === 'use-action') && (
          <JsonField
            label="Input"
            required
            help={`A JSON object${choice === 'use-action' ? ', taken as it is, without expressions.' : '.'}`}
            text={text}
            onChange={setText}
            broken={input === null}
            rows={8}
          />
        )}
        {choice === 'done' && (
          <>
            {ways.length > 1 && (
              <Field label="Goes on by" required>
                <Select value={port} options={ways} onChange={setPort} />
              </Field>
            )}
            {forward && (
              <JsonField
                label="Output"
                help="What later steps read of this one, as JSON. Empty = nothing."
                text={output}
                onChange={setOutput}
                broken={badOutput}
                rows={4}
              />
            )}
          </>
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
        {choice === 'done' && (
          <Field label="Evidence" help="Where the proof lies: a link, a ticket, a receipt number.">
            <Input
              maxLength={2000}
              value={evidence}
              onChange={(event) => {
                setEvidence(event.target.value);
              }}
            />
          </Field>
        )}
      </div>
    </Dialog>
  );
}

interface DecisionProps {
  readonly words: ChoiceWords;
  /** What it means, or why it is not possible. */
  readonly help: string;
  readonly possible: boolean;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function Decision({ words, help, possible, chosen, onChoose }: DecisionProps): ReactElement {
  return (
    <label
      className={classNames(
        'flex items-start gap-2.5 rounded-card border px-3 py-1.5',
        chosen ? 'border-accent bg-accent-tint' : 'border-border',
        possible ? 'hover:bg-hover' : 'border-dashed',
      )}
    >
      <input
        type="radio"
        name="resolution"
        className="mt-1 accent-accent"
        checked={chosen}
        disabled={!possible}
        onChange={onChoose}
      />
      <span className="min-w-0">
        <span className={classNames('block font-medium', !possible && 'text-muted')}>{words.label}</span>
        <span className="block text-12 text-muted [overflow-wrap:anywhere]">{help}</span>
      </span>
    </label>
  );
}

/** A decision of that kind, for asking whether it is possible at all; what it holds does not matter for that. */
function probe(kind: Choice, port: string | undefined): Resolution {
  switch (kind) {
    case 'retry-with-input':
      return { kind, input: {} };
    case 'done':
      return { kind, note: '-', ...(port === undefined ? {} : { port }) };
    case 'skip':
      return { kind, reason: '-' };
    case 'use-action':
      return { kind, connector: '-', operation: '-', effect: 'keyed', input: {} };
    default:
      return { kind };
  }
}

/** The ways that a step leaves by when it has succeeded. */
function waysOn(step: StepDefinition): { readonly value: string; readonly label: string }[] {
  const ids = ((): readonly string[] => {
    switch (step.kind) {
      case 'branch':
      case 'inclusive':
        return [...step.cases.map(({ id }) => id), 'else'];
      case 'race':
        return step.arms.map(({ id }) => id);
      case 'task':
        return step.task.outcomes.map(({ id }) => id);
      case 'fail':
        return [];
      default:
        return ['out'];
    }
  })();
  return ids.map((id) => ({ value: id, label: portWords(step, id) ?? id }));
}

/** The operation that failed, to begin the choice of another with. */
function standIn(step: StepDefinition | undefined, forward: boolean): { connector: string; operation: string } {
  if (forward && step?.kind === 'action') return { connector: step.connector, operation: step.operation };
  if (!forward && step?.undo.kind === 'compensation')
    return { connector: step.undo.connector, operation: step.undo.operation };
  const [first] = allConnectors();
  return { connector: first?.id ?? '', operation: Object.keys(first?.operations ?? {})[0] ?? '' };
}

function inputOf(state: RunState, incident: IncidentState): JsonObject {
  const instance = state.instances[incident.instance];
  if (incident.direction === 'forward') return instance?.input ?? {};
  return instance?.undo.input?.kind === 'value' ? instance.undo.input.value : {};
}
