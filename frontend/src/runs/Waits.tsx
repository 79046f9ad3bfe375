import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Task } from '@sagawright/shared/contracts';
import type { Awaited, InstanceId, RunState, SagaDefinition, StepInstance } from '@sagawright/shared/saga';
import { runTasksQuery } from '../tasks/queries.js';
import { Button, Glyph, Time, formatDuration, useNow } from '../ui/index.js';
import { instanceName, undoName } from './attempts.js';
import { SendEventDialog } from './SendEventDialog.js';
import { awaitedWords } from './wait-words.js';

/** One thing that a step waits for. */
interface Wait {
  readonly instance: StepInstance;
  readonly direction: 'forward' | 'undo';
  readonly awaited: Awaited;
}

const KINDS_SHOWN = 3;

/** Everything that the run waits for from outside itself. */
export function waitsOf(state: RunState): readonly Wait[] {
  const forward = state.live.flatMap((id): Wait[] => {
    const instance = state.instances[id];
    if (instance?.status !== 'waiting') return [];
    return instance.awaits.map((awaited) => ({ instance, direction: 'forward', awaited }));
  });
  const undo = state.undoing.flatMap((id): Wait[] => {
    const instance = state.instances[id];
    if (instance?.undo.status !== 'waiting') return [];
    return instance.undo.awaits.map((awaited) => ({ instance, direction: 'undo', awaited }));
  });
  return [...forward, ...undo].filter(({ awaited }) => awaited.kind !== 'timer');
}

export interface WaitsProps {
  readonly runId: string;
  readonly definition: SagaDefinition;
  readonly state: RunState;
  readonly onSelect: (instance: InstanceId) => void;
}

/** What the run waits for, in words, with the way to bring it about (R23). */
export function Waits({ runId, definition, state, onSelect }: WaitsProps): ReactElement | null {
  const [all, setAll] = useState(false);
  const waits = waitsOf(state);
  const shown = all ? waits : waits.slice(0, KINDS_SHOWN);
  if (waits.length === 0 || state.endedAt !== null) return null;
  return (
    <section
      aria-label="What the run waits for"
      className="max-h-48 shrink-0 overflow-y-auto border-b border-border bg-waiting-tint"
    >
      <ul>
        {shown.map((wait, place) => (
          <li
            key={`${wait.instance.id} ${String(place)}`}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 text-13 md:px-6"
          >
            <Glyph name="waiting" tone="waiting" size={15} />
            <p className="min-w-0 flex-1 basis-60 [overflow-wrap:anywhere]">
              <button
                type="button"
                className="min-h-6 rounded-tag text-left font-semibold hover:underline"
                onClick={() => {
                  onSelect(wait.instance.id);
                }}
              >
                {wait.direction === 'undo'
                  ? undoName(definition, wait.instance.id)
                  : instanceName(definition, wait.instance.id)}
              </button>{' '}
              waits for {awaitedWords(wait.awaited)}
              <Until instance={wait.instance} />
            </p>
            <WayOn runId={runId} wait={wait} />
          </li>
        ))}
      </ul>
      {waits.length > shown.length && (
        <button
          type="button"
          className="mx-4 mb-1.5 rounded-tag px-1 py-1 text-12 font-medium underline md:mx-6"
          onClick={() => {
            setAll(true);
          }}
        >
          Show {waits.length - shown.length} more
        </button>
      )}
    </section>
  );
}

function Until({ instance }: { readonly instance: StepInstance }): ReactElement | null {
  const wakeAt = instance.wakeAt;
  const now = useNow(wakeAt !== null);
  if (wakeAt === null) return null;
  const left = wakeAt - now;
  return (
    <span className="tabular text-waiting-text">
      {left > 0 ? `; time goes on with it in ${formatDuration(left)}` : '; time goes on with it at any moment'}
    </span>
  );
}

/** The way to bring about what is waited for; nothing for what only comes by itself. */
export function WayOn({ runId, wait }: { readonly runId: string; readonly wait: Wait }): ReactElement | null {
  const [sending, setSending] = useState(false);
  const { awaited, instance } = wait;
  switch (awaited.kind) {
    case 'event':
      return (
        <>
          <span className="text-12 text-muted">
            one since <Time at={awaited.since} /> counts
          </span>
          <Button
            size="compact"
            onClick={() => {
              setSending(true);
            }}
          >
            Send this event…
          </Button>
          {sending && (
            <SendEventDialog
              awaited={awaited}
              onClose={() => {
                setSending(false);
              }}
            />
          )}
        </>
      );
    case 'task':
      return <TaskLink runId={runId} instance={instance} title={awaited.title} />;
    case 'child':
      return (
        <Link
          to="/runs/$runId"
          params={{ runId: awaited.run }}
          className="rounded-tag py-0.5 text-12 font-medium text-accent hover:underline"
        >
          Show its run
        </Link>
      );
    case 'timer':
    case 'slot':
      return null;
  }
}

function TaskLink({
  runId,
  instance,
  title,
}: {
  readonly runId: string;
  readonly instance: StepInstance;
  readonly title: string;
}): ReactElement | null {
  const { data } = useQuery(
    runTasksQuery(runId, `${instance.id} ${String(instance.readySeq)} ${String(instance.attempt)}`),
  );
  const own = data?.items.filter((each) => each.instance === instance.id) ?? [];
  const task: Task | undefined = own.find((each) => each.title === title) ?? own[0];
  if (task === undefined) return null;
  return (
    <Link
      to="/tasks"
      search={{ list: 'open', task: task.id }}
      className="rounded-tag py-0.5 text-12 font-medium text-accent hover:underline"
    >
      Open the task
    </Link>
  );
}
