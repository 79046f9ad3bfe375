import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Ban, CircleAlert, RotateCcw, ShieldCheck, WifiOff } from 'lucide-react';
import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import type { Run } from '@sagawright/shared/contracts';
import type { InstanceId, RunState, RunStatus } from '@sagawright/shared/saga';
import { client, keys, runQuery, useAction } from '../api/index.js';
import { LoadError, Page } from '../app/Page.js';
import { useCommands } from '../app/commands.js';
import { useMedia } from '../app/use-media.js';
import { isTyping } from '../app/use-shell-keys.js';
import {
  AlertDialog,
  Button,
  CopyButton,
  Duration,
  Field,
  Input,
  JsonView,
  Popover,
  Sheet,
  Skeleton,
  StatusBadge,
  Tabs,
  Time,
  useNow,
  useToasts,
} from '../ui/index.js';
import { attemptsOf, instanceName } from './attempts.js';
import { DataView } from './DataView.js';
import { stateAt } from './fold.js';
import { Incidents } from './Incidents.js';
import { JournalView } from './JournalView.js';
import { Scrubber } from './Scrubber.js';
import { StepPanel } from './StepPanel.js';
import { TimelineView } from './TimelineView.js';
import { useRunStory } from './use-run-story.js';
import { RUN_VIEWS } from './views.js';
import type { RunView } from './views.js';

/** React Flow is fetched with the first canvas. */
const RunCanvas = lazy(async () => ({ default: (await import('../canvas/index.js')).RunCanvas }));

const ENDED: readonly RunStatus[] = ['completed', 'failed', 'compensated', 'cancelled', 'terminated'];
const VIEW_WORDS: Record<RunView, string> = {
  canvas: 'Canvas',
  timeline: 'Timeline',
  journal: 'Journal',
  data: 'Data',
};

export interface RunPageProps {
  readonly runId: string;
  readonly view?: RunView | undefined;
  /** Selected step instance. */
  readonly step?: InstanceId | undefined;
}

export function RunPage({ runId, view = 'canvas', step }: RunPageProps): ReactElement {
  // What holds a run up is not in its journal, so a run that does not move is asked about again.
  const run = useQuery({
    ...runQuery(runId),
    refetchInterval: ({ state }) => (state.data !== undefined && ENDED.includes(state.data.status) ? false : 5000),
  });
  if (run.isPending || run.isError) {
    return (
      <Page title={`Run ${runId.slice(-8)}`} crumbs={[{ label: 'Runs', to: '/runs' }]}>
        {run.isError ? (
          <LoadError error={run.error} onRetry={() => void run.refetch()} />
        ) : (
          <div className="flex flex-col gap-4 p-6" role="status" aria-label="Loading the run">
            <Skeleton className="h-6 w-80" />
            <Skeleton className="h-72" />
          </div>
        )}
      </Page>
    );
  }
  return <LoadedRun run={run.data} view={view} selected={step ?? null} />;
}

function LoadedRun({
  run,
  view,
  selected,
}: {
  readonly run: Run;
  readonly view: RunView;
  readonly selected: InstanceId | null;
}): ReactElement {
  const navigate = useNavigate();
  const wide = useMedia('(min-width: 1100px)');
  const [definition] = useState(run.definition);
  const pinned = useMemo(() => ({ ...run, definition }), [run, definition]);
  const { story, loaded, connection, error, reload } = useRunStory(pinned);
  const [position, setPosition] = useState<number | null>(null);
  const [sheet, setSheet] = useState(false);
  const state = useMemo(
    () => (position === null ? story.state : stateAt(definition, story, position)),
    [definition, story, position],
  );
  const entries = useMemo(
    () => (position === null ? story.entries : story.entries.slice(0, position)),
    [story, position],
  );
  const attempts = useMemo(() => attemptsOf(entries), [entries]);
  const status: RunStatus = story.state?.status ?? run.status;
  const ended = ENDED.includes(status);
  const now = useNow(!ended, 'smooth');

  const show = useCallback(
    (next: RunView) =>
      void navigate({
        to: '/runs/$runId',
        params: { runId: run.id },
        search: (before) => ({ ...before, view: next }),
        replace: true,
      }),
    [navigate, run.id],
  );
  const select = useCallback(
    (next: InstanceId | null) => {
      setSheet(next !== null);
      void navigate({
        to: '/runs/$runId',
        params: { runId: run.id },
        search: (before) => ({ ...before, step: next ?? undefined }),
        replace: true,
      });
    },
    [navigate, run.id],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      const next = RUN_VIEWS[Number(event.key) - 1];
      if (next !== undefined) show(next);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [show]);
  useCommands(
    useMemo(
      () =>
        RUN_VIEWS.map((each, index) => ({
          id: `view-${each}`,
          label: `Show the ${VIEW_WORDS[each].toLowerCase()}`,
          group: 'This run',
          shortcut: String(index + 1),
          run: () => {
            show(each);
          },
        })),
      [show],
    ),
  );

  const timeline = (
    <TimelineView
      definition={definition}
      entries={entries}
      selected={selected}
      onSelect={select}
      live={!ended && position === null}
    />
  );

  return (
    <Page
      title={run.workflowName}
      crumbs={[{ label: 'Runs', to: '/runs' }]}
      fill
      mark={
        <>
          <StatusBadge run={status} detail={undoProgress(story.state)} className="ml-1" />
          {(connection === 'reconnecting' || (connection === 'closed' && !ended && loaded)) && (
            <span role="status" className="flex items-center gap-1 text-12 text-waiting-text">
              <WifiOff size={13} aria-hidden="true" />
              <span className="max-sm:sr-only">Connection lost, trying again</span>
            </span>
          )}
        </>
      }
      actions={<Actions run={run} ended={ended} />}
    >
      <Facts run={run} state={story.state} />
      {run.heldUp !== null && !ended && (
        <p
          role="status"
          className="flex shrink-0 items-center gap-2 border-b border-border bg-waiting-tint px-4 py-2 text-13 text-waiting-text md:px-6"
        >
          <CircleAlert size={15} aria-hidden="true" className="shrink-0" />
          {run.heldUp}
        </p>
      )}
      {story.state !== null && (
        <Incidents runId={run.id} definition={definition} state={story.state} onSelect={select} />
      )}
      {run.failure !== null && ended && (
        <p className="shrink-0 border-b border-border bg-surface px-4 py-2 text-13 [overflow-wrap:anywhere] md:px-6">
          <span className="font-medium text-failed-text">{run.failure.message}</span>{' '}
          <code className="font-mono text-12 text-muted">{run.failure.code}</code>
        </p>
      )}
      <div className="shrink-0 border-b border-border bg-surface px-2 md:px-4">
        <Tabs
          label="Views of the run"
          value={view}
          onChange={show}
          items={RUN_VIEWS.map((each) => ({
            value: each,
            label: VIEW_WORDS[each],
            count: each === 'journal' ? story.entries.length : undefined,
          }))}
        />
      </div>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col bg-surface">
          {error !== null && <LoadError error={error} onRetry={reload} />}
          {error === null && !loaded && <Skeleton className="m-6 h-64" />}
          {error === null && loaded && (
            <>
              {view === 'canvas' && (
                <>
                  <div className="min-h-0 flex-[3] bg-canvas">
                    <Suspense fallback={<Skeleton className="m-6 h-64" />}>
                      <RunCanvas
                        graph={run.graph}
                        definition={definition}
                        state={state}
                        selected={selected}
                        onSelect={select}
                        now={now}
                      />
                    </Suspense>
                  </div>
                  <div className="hidden min-h-0 flex-[2] flex-col border-t border-border md:flex">{timeline}</div>
                </>
              )}
              {view === 'timeline' && timeline}
              {view === 'journal' && (
                <JournalView definition={definition} entries={entries} selected={selected} onSelect={select} />
              )}
              {view === 'data' && (
                <DataView definition={definition} state={state} selected={selected} onSelect={select} />
              )}
              <Scrubber definition={definition} entries={story.entries} position={position} onPosition={setPosition} />
            </>
          )}
        </div>
        {wide && (
          <aside
            aria-label="Step"
            className="w-[360px] shrink-0 overflow-y-auto border-l border-border bg-surface xl:w-[400px]"
          >
            <StepPanel definition={definition} state={state} attempts={attempts} selected={selected} />
          </aside>
        )}
      </div>
      {!wide && (
        <Sheet
          open={sheet && selected !== null}
          onOpenChange={setSheet}
          title={selected === null ? '' : instanceName(definition, selected)}
        >
          <StepPanel definition={definition} state={state} attempts={attempts} selected={selected} />
        </Sheet>
      )}
    </Page>
  );
}

/** "2 of 4" while effects are being undone (7.5). */
function undoProgress(state: RunState | null): string | undefined {
  if (state?.status !== 'compensating') return undefined;
  const undos = Object.values(state.instances).filter((each) => each.undo.status !== 'none');
  const done = undos.filter((each) => each.undo.status === 'done' || each.undo.status === 'skipped').length;
  return `${String(done)} of ${String(undos.length)}`;
}

function Facts({ run, state }: { readonly run: Run; readonly state: RunState | null }): ReactElement {
  const trigger = run.definition.triggers[run.trigger]?.name ?? run.trigger;
  const endedAt = state?.endedAt ?? run.endedAt;
  return (
    <dl className="flex shrink-0 flex-wrap items-center gap-x-5 gap-y-1 border-b border-border bg-surface px-4 py-1.5 text-12 md:px-6 [&>div]:flex [&>div]:items-center [&>div]:gap-1.5 [&_dt]:text-muted">
      <div>
        <dt>Run</dt>
        <dd className="flex items-center gap-0.5">
          <code className="font-mono" title={run.id}>
            {run.id.slice(-8)}
          </code>
          <CopyButton value={run.id} label="Copy the run id" />
        </dd>
      </div>
      <div>
        <dt>Version</dt>
        <dd>
          <Link
            to="/workflows/$workflowId"
            params={{ workflowId: run.workflowId }}
            className="rounded-tag py-1 font-medium underline decoration-border-strong underline-offset-2 hover:decoration-current"
          >
            v{run.version}
          </Link>
        </dd>
      </div>
      <div>
        <dt>Trigger</dt>
        <dd className="flex items-center gap-1">
          {trigger}
          <Admission run={run} />
        </dd>
      </div>
      <div>
        <dt>Started</dt>
        <dd>
          <Time at={run.createdAt} />
        </dd>
      </div>
      <div>
        <dt>Took</dt>
        <dd>
          <Duration from={state?.startedAt ?? run.createdAt} to={endedAt} />
        </dd>
      </div>
    </dl>
  );
}

/** How the event was let in, for whoever asks why this run exists. */
function Admission({ run }: { readonly run: Run }): ReactElement {
  return (
    <Popover
      align="start"
      title="How the event was let in"
      className="w-96"
      trigger={
        <button type="button" className="flex min-h-6 items-center gap-1 rounded-tag px-1 text-accent hover:underline">
          <ShieldCheck size={13} aria-hidden="true" />
          Receipt
        </button>
      }
    >
      <p className="mb-2 text-12 text-muted">
        {run.event.type} from {run.event.source}, event <code className="font-mono">{run.event.id}</code>
      </p>
      {run.receipt === null ? (
        <p className="text-13">Started by hand or over the interface, by somebody who was logged in.</p>
      ) : (
        <JsonView value={run.receipt} label="Receipt" />
      )}
    </Popover>
  );
}

function Actions({ run, ended }: { readonly run: Run; readonly ended: boolean }): ReactElement {
  const navigate = useNavigate();
  const toasts = useToasts();
  const [cancelling, setCancelling] = useState(false);
  const [reason, setReason] = useState('');
  const cancel = useAction({
    run: () => client.cancelRun({ params: { id: run.id }, body: { reason: reason.trim() } }),
    invalidates: [keys.run(run.id)],
    onDone: () => {
      toasts.show({ title: 'Cancel asked for. What was done is being undone.' });
    },
  });
  const again = useAction({
    run: () =>
      client.startRun({
        params: { id: run.workflowId },
        headers: {},
        body: { trigger: run.trigger, data: run.event.data },
      }),
    invalidates: [keys.runs],
    onDone: ({ runId }) => void navigate({ to: '/runs/$runId', params: { runId } }),
  });
  return (
    <>
      {!ended && (
        <Button
          variant="danger"
          onClick={() => {
            setCancelling(true);
          }}
        >
          <Ban size={14} aria-hidden="true" />
          <span className="max-sm:sr-only">Cancel run</span>
        </Button>
      )}
      <Button
        busy={again.isPending}
        onClick={() => {
          again.mutate(undefined);
        }}
      >
        <RotateCcw size={14} aria-hidden="true" />
        <span className="max-sm:sr-only">Run again</span>
      </Button>
      <AlertDialog
        open={cancelling}
        onOpenChange={setCancelling}
        title="Cancel this run?"
        description="Nothing new is started. What is in flight is awaited, then every effect that can be undone is undone, last first."
        confirm="Cancel and undo"
        dismiss="Keep running"
        danger
        onConfirm={async () => {
          await cancel.mutateAsync(undefined);
        }}
      >
        <Field label="Reason" help="Kept in the journal beside your name.">
          <Input
            maxLength={500}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </Field>
      </AlertDialog>
    </>
  );
}
