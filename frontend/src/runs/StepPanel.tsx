import { Link } from '@tanstack/react-router';
import { MousePointerClick } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { bodyPath, instanceId, isContainerStep, itemPath, scopeAt } from '@sagawright/shared/saga';
import type {
  Entry,
  InstanceId,
  RunState,
  SagaDefinition,
  StepDefinition,
  StepInstance,
} from '@sagawright/shared/saga';
import { isJsonObject } from '@sagawright/shared/kernel';
import { kindWord } from '../canvas/step-look.js';
import { stepKey } from '@sagawright/shared/graph';
import {
  Badge,
  CopyButton,
  Duration,
  EmptyState,
  JsonView,
  StatusBadge,
  Tabs,
  formatDuration,
  stepDisplayState,
  useNow,
} from '../ui/index.js';
import { instanceName, undoName } from './attempts.js';
import { instanceParts } from './place-words.js';
import { awaitedWords } from './wait-words.js';
import { WayOn, waitsOf } from './Waits.js';
import type { Attempt, AttemptOutcome } from './attempts.js';
import { FailureBox } from './FailureBox.js';
import { marksOf } from './outcome.js';
import { useState } from 'react';

export interface StepPanelProps {
  readonly runId: string;
  readonly definition: SagaDefinition;
  readonly state: RunState | null;
  readonly entries: readonly Entry[];
  readonly attempts: readonly Attempt[];
  readonly selected: InstanceId | null;
  readonly onSelect: (instance: InstanceId) => void;
}

/** Everything about the selected step: attempts, data, failure, undo. */
export function StepPanel(props: StepPanelProps): ReactElement {
  const { definition, state, selected } = props;
  if (selected === null) {
    return (
      <EmptyState compact icon={<MousePointerClick size={18} aria-hidden="true" />} title="No step selected">
        Select a step in any view to see its attempts, its data and its undo.
      </EmptyState>
    );
  }
  const trigger = definition.triggers[selected];
  if (trigger !== undefined) {
    return (
      <div className="flex flex-col gap-4 p-4">
        <h2 className="text-14 font-semibold">{trigger.name}</h2>
        {state !== null && (
          <Section title="Event">
            <JsonView value={state.event.data} path="trigger.data" label="Event data" />
          </Section>
        )}
      </div>
    );
  }
  return <Instance key={selected} {...props} id={selected} />;
}

function Instance({
  runId,
  id,
  definition,
  state,
  entries,
  attempts,
  onSelect,
}: StepPanelProps & { readonly id: InstanceId }): ReactElement {
  const instance = state?.instances[id];
  const step = definition.steps[instanceParts(id).step];
  const [direction, setDirection] = useState<'forward' | 'undo'>('forward');
  const own = attempts.filter((each) => each.instance === id);
  const undoing = own.some((each) => each.direction === 'undo') || instance?.undo.status === 'waiting';
  const container = step !== undefined && isContainerStep(step);
  const shown = container ? [] : own.filter((each) => each.direction === direction);
  const child = step?.kind === 'call' ? childOf(entries, id, step.mode === 'wait') : null;
  const over = state !== null && state.endedAt !== null;
  const waits = (instance === undefined || state === null || over ? [] : waitsOf(state)).filter(
    (wait) => wait.instance.id === id && wait.direction === direction,
  );
  const forward = direction === 'forward';
  const path = step === undefined ? '' : `steps.${step.key === '' ? stepKey(step.name) : step.key}.output`;
  const failure = forward ? (instance?.failure ?? null) : (instance?.undo.failure ?? null);
  const output = forward ? (instance?.output ?? null) : (instance?.undo.output ?? null);
  const captured = instance?.undo.input ?? null;
  const input = forward
    ? (instance?.input ?? null)
    : captured?.kind === 'value'
      ? captured.value
      : (shown.at(-1)?.input ?? null);
  const wakeAt = forward ? (instance?.wakeAt ?? null) : (instance?.undo.wakeAt ?? null);
  const key = shown.at(-1)?.key ?? null;
  return (
    <div className="flex flex-col gap-4 p-4">
      <div>
        <div className="flex items-start justify-between gap-2">
          <h2 className="text-14 font-semibold">{instanceName(definition, id)}</h2>
          <StatusBadge step={stepDisplayState(instance, over)} />
        </div>
        <p className="mt-0.5 text-12 text-muted">
          {step === undefined
            ? ''
            : step.kind === 'action'
              ? `${step.connector} · ${step.operation}`
              : kindWord(step.kind)}
          {instance?.startedAt != null && (
            <>
              {' · '}
              <Duration from={instance.startedAt} to={instance.settledAt ?? state?.endedAt ?? null} />
            </>
          )}
        </p>
      </div>
      {undoing && (
        <Tabs
          className="border-b border-border"
          label="Direction"
          value={direction}
          onChange={setDirection}
          items={[
            { value: 'forward', label: 'Forward' },
            { value: 'undo', label: `↶ ${undoName(definition, id)}` },
          ]}
        />
      )}
      {instance === undefined && <p className="text-13 text-muted">The run has not come to this step.</p>}
      {instance?.status === 'skipped' && (
        <p className="rounded-card bg-idle-tint px-3 py-2 text-13">
          Passed over: its condition said so. Nothing was done, so there is nothing to undo.
        </p>
      )}
      {waits.map((wait, place) => (
        <div
          key={place}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-card bg-waiting-tint px-3 py-2 text-13"
        >
          <p className="min-w-0 flex-1 basis-52 [overflow-wrap:anywhere]">Waits for {awaitedWords(wait.awaited)}.</p>
          <WayOn runId={runId} wait={wait} />
        </div>
      ))}
      {wakeAt !== null && !over && (
        <Countdown
          until={wakeAt}
          doing={
            (forward ? instance?.status : instance?.undo.status) === 'retrying'
              ? 'Next attempt'
              : waits.length > 0
                ? 'Time goes on with it'
                : 'Goes on'
          }
        />
      )}
      {instance !== undefined && state !== null && step !== undefined && isContainerStep(step) && (
        <Body state={state} instance={instance} step={step} onSelect={onSelect} />
      )}
      {child !== null && (
        <p className="text-13">
          <Link
            to="/runs/$runId"
            params={{ runId: child }}
            className="rounded-tag py-0.5 font-medium text-accent hover:underline"
          >
            Show its child run
          </Link>{' '}
          <span className="font-mono text-12 text-muted">{child.slice(-8)}</span>
        </p>
      )}
      {failure !== null && <FailureBox failure={failure} />}
      {shown.length > 0 && (
        <Section title={shown.length === 1 ? '1 attempt' : `${String(shown.length)} attempts`}>
          <ol className="divide-y divide-border overflow-hidden rounded-card border border-border">
            {shown.map((attempt) => (
              <AttemptRow key={`${String(attempt.attempt)}-${String(attempt.seq)}`} attempt={attempt} />
            ))}
          </ol>
        </Section>
      )}
      {input !== null && (
        <Section title={forward ? 'Input' : 'Undo input, kept when the step succeeded'}>
          <JsonView value={input} label="Input" />
        </Section>
      )}
      {!forward && captured?.kind === 'failure' && <FailureBox failure={captured.failure} />}
      {output !== null && (
        <Section title="Output">
          <JsonView value={output} path={forward ? path : ''} label="Output" />
        </Section>
      )}
      {instance !== undefined && step !== undefined && (
        <UndoWords
          kind={step.undo.kind}
          status={instance.undo.status}
          name={undoName(definition, id)}
          marked={state === null ? undefined : marksOf(state, entries).get(id)}
        />
      )}
      {key !== null && key !== '' && (
        <Section title="Idempotency key">
          <p className="flex items-center gap-1 rounded-card border border-border bg-canvas py-1 pr-1 pl-3">
            <code className="min-w-0 flex-1 truncate font-mono text-12" title={key}>
              {key}
            </code>
            <CopyButton value={key} label="Copy the key" />
          </p>
          <p className="mt-1 text-12 text-muted">
            The same for every attempt, so that the other side can tell a repetition from a new wish.
          </p>
        </Section>
      )}
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <section>
      <h3 className="mb-1.5 text-12 font-medium text-muted">{title}</h3>
      {children}
    </section>
  );
}

function Countdown({ until, doing }: { readonly until: number; readonly doing: string }): ReactElement {
  const now = useNow(true, 'smooth');
  const left = until - now;
  return (
    <p className="tabular rounded-card bg-waiting-tint px-3 py-2 text-13 text-waiting-text">
      {doing} {left <= 0 ? 'at any moment' : `in ${formatDuration(left)}`}
    </p>
  );
}

/** The run that a call started last; null before that. One that waits names it, one that does not has it as its output. */
function childOf(entries: readonly Entry[], id: InstanceId, waits: boolean): string | null {
  for (const entry of entries.toReversed()) {
    if (!('step' in entry) || instanceId(entry) !== id) continue;
    if (waits && entry.type === 'step.waiting') {
      const awaited = entry.awaits.find((each) => each.kind === 'child');
      if (awaited !== undefined) return awaited.run;
    }
    if (!waits && entry.type === 'step.succeeded' && isJsonObject(entry.output)) {
      const { run } = entry.output;
      if (typeof run === 'string') return run;
    }
  }
  return null;
}

/** More items than that are counted, not listed; the loop's picker leads to each. */
const LISTED = 100;

/** What has become of a container's body: the items or passes of a loop, the failure that a scope handles. */
function Body({
  state,
  instance,
  step,
  onSelect,
}: {
  readonly state: RunState;
  readonly instance: StepInstance;
  readonly step: StepDefinition;
  readonly onSelect: (instance: InstanceId) => void;
}): ReactElement | null {
  const whole = scopeAt(state, bodyPath(instance));
  if (whole === undefined) return null;
  if (step.kind === 'scope') {
    return whole.caught === null ? null : (
      <Section title="The failure that was handled">
        <FailureBox failure={whole.caught} />
      </Section>
    );
  }
  const failed = Array.from({ length: whole.opened }, (_, index) => scopeAt(state, itemPath(whole.path, index))).filter(
    (body) => body !== undefined && body.status === 'closed' && body.failure !== null,
  );
  const total = whole.items?.length ?? null;
  const word = step.kind === 'for-each' ? 'item' : 'pass';
  return (
    <Section title={step.kind === 'for-each' ? 'Items' : 'Passes'}>
      <p className="text-13">
        {whole.opened} {total === null ? '' : `of ${String(total)} `}begun
        {failed.length > 0 && (
          <span className="font-medium text-failed-text">
            , {failed.length} failed{failed.length > LISTED ? `; the first ${String(LISTED)}:` : ':'}
          </span>
        )}
      </p>
      {failed.length > 0 && (
        <ul className="mt-1 flex flex-col">
          {failed.slice(0, LISTED).map((body) => {
            if (body === undefined) return null;
            const culprit = body.members.map((id) => state.instances[id]).find((each) => each?.status === 'failed');
            const first = culprit ?? state.instances[body.members[0] ?? ''];
            return (
              <li key={body.path} className="text-12 [overflow-wrap:anywhere]">
                <button
                  type="button"
                  className="min-h-6 rounded-tag font-medium hover:underline"
                  onClick={() => {
                    if (first !== undefined) onSelect(first.id);
                  }}
                >
                  {word} {(body.index ?? 0) + 1}
                </button>
                <span className="text-muted">: {body.failure?.message}</span>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}

const OUTCOME: Record<
  AttemptOutcome,
  { readonly word: string; readonly tone: 'running' | 'done' | 'failed' | 'idle' }
> = {
  running: { word: 'Running', tone: 'running' },
  succeeded: { word: 'Done', tone: 'done' },
  failed: { word: 'Failed', tone: 'failed' },
  unknown: { word: 'Unknown', tone: 'failed' },
  cancelled: { word: 'Cancelled', tone: 'idle' },
};

function AttemptRow({ attempt }: { readonly attempt: Attempt }): ReactElement {
  const { word, tone } = OUTCOME[attempt.outcome];
  return (
    <li className="flex flex-col gap-1 px-3 py-2">
      <div className="flex items-center gap-2 text-12">
        <span className="tabular w-5 shrink-0 text-muted">#{attempt.attempt}</span>
        <Badge tone={attempt.direction === 'undo' && tone === 'done' ? 'undo' : tone}>{word}</Badge>
        {attempt.late && <span className="text-muted">late</span>}
        <span className="flex-1" />
        <Duration from={attempt.from} to={attempt.to} className="text-muted" />
      </div>
      {attempt.failure !== null && (
        <p className="pl-7 text-12 text-muted [overflow-wrap:anywhere]">
          {attempt.failure.message}
          {attempt.retryAt !== null &&
            attempt.to !== null &&
            ` Tried again after ${formatDuration(attempt.retryAt - attempt.to)}.`}
        </p>
      )}
    </li>
  );
}

const UNDO_STATUS = {
  none: 'Nothing to undo so far.',
  captured: 'Ready: would be undone if the run failed later.',
  running: 'Being undone now.',
  retrying: 'The undo is being tried again.',
  waiting: 'Its child run is undoing what it did.',
  done: 'Undone.',
  blocked: 'The undo is blocked; a person has to decide.',
  skipped: 'A person decided to leave the effect as it is.',
} as const;

function UndoWords({
  kind,
  status,
  name,
  marked,
}: {
  readonly kind: SagaDefinition['steps'][string]['undo']['kind'];
  readonly status: keyof typeof UNDO_STATUS;
  readonly name: string;
  /** Somebody said that it is undone. */
  readonly marked: { readonly by: string; readonly note: string } | undefined;
}): ReactElement | null {
  if (kind === 'none') return null;
  const stands = marked === undefined ? UNDO_STATUS[status] : `Marked as done by hand by ${marked.by}: ${marked.note}`;
  const words = {
    compensation: `“${name}”. ${stands}`,
    child: `Its child run undoes what it did. ${stands}`,
    'not-needed': 'Needs no undo, says its author.',
    undeclared: 'No undo has been declared for this step.',
    irreversible: 'Cannot be undone.',
    pivot: 'The pivot: from here on the run only goes forward.',
  }[kind];
  return (
    <Section title="Undo">
      <p className="rounded-card border border-dashed border-undo/60 px-3 py-2 text-13">
        <span aria-hidden="true" className="mr-1.5 text-undo-text">
          ↶
        </span>
        {words}
      </p>
    </Section>
  );
}
