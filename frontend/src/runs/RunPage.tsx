import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { CircleAlert, CornerLeftUp, MessageSquareReply, ShieldCheck, Store, WifiOff, X } from 'lucide-react';
import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import type { Run } from '@sagawright/shared/contracts';
import { instanceId, itemPath } from '@sagawright/shared/saga';
import type { InstanceId, RunState, RunStatus } from '@sagawright/shared/saga';
import { isJsonObject } from '@sagawright/shared/kernel';
import { problemOf, runQuery } from '../api/index.js';
import { LoadError, Page } from '../app/Page.js';
import { useCommands } from '../app/commands.js';
import { passesOf, shownBodies, shownLoops } from '../canvas/run-bodies.js';
import type { Passes, ShownLoop } from '../canvas/run-bodies.js';
import { useMedia } from '../app/use-media.js';
import { isTyping } from '../app/use-shell-keys.js';
import {
  CopyButton,
  Duration,
  EmptyState,
  IconButton,
  JsonView,
  Popover,
  Sheet,
  Skeleton,
  StatusBadge,
  Tabs,
  Time,
  buttonClass,
  useNow,
} from '../ui/index.js';
import { attemptsOf, instanceName } from './attempts.js';
import { DataView } from './DataView.js';
import { EventMarks } from './EventMarks.js';
import { stateAt } from './fold.js';
import type { RunStory } from './fold.js';
import { Incidents } from './Incidents.js';
import { JournalView } from './JournalView.js';
import { OutcomeBar } from './OutcomeBar.js';
import { outcomeOf } from './outcome.js';
import type { Outcome } from './outcome.js';
import { LoopBar } from './LoopBar.js';
import { instanceParts } from './place-words.js';
import { RunActions } from './RunActions.js';
import { Scrubber } from './Scrubber.js';
import { StepPanel } from './StepPanel.js';
import { TimelineView } from './TimelineView.js';
import { useRunStory } from './use-run-story.js';
import { RUN_VIEWS } from './views.js';
import { Waits } from './Waits.js';
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

/** A drawing is wide and a phone is narrow: there the timeline comes first. */
export function RunPage({ runId, view, step }: RunPageProps): ReactElement {
  const phone = useMedia('(max-width: 639px)');
  // What holds a run up is not in its journal, so a run that does not move is asked about again.
  const run = useQuery({
    ...runQuery(runId),
    refetchInterval: ({ state }) => (state.data !== undefined && ENDED.includes(state.data.status) ? false : 5000),
  });
  if (run.isPending || run.isError) {
    return (
      <Page title={`Run ${runId.slice(-8)}`} crumbs={[{ label: 'Runs', to: '/runs' }]}>
        {run.isError && ['run.not-found', 'request.invalid'].includes(problemOf(run.error).code) && (
          <EmptyState
            icon={<CircleAlert size={18} aria-hidden="true" />}
            title="There is no such run"
            action={
              <Link to="/runs" className={buttonClass()}>
                Show all runs
              </Link>
            }
          >
            The link may be incomplete, or the run belongs to another workspace.
          </EmptyState>
        )}
        {run.isError && !['run.not-found', 'request.invalid'].includes(problemOf(run.error).code) && (
          <LoadError error={run.error} onRetry={() => void run.refetch()} />
        )}
        {run.isPending && (
          <div className="flex flex-col gap-4 p-6" role="status" aria-label="Loading the run">
            <Skeleton className="h-6 w-80" />
            <Skeleton className="h-72" />
          </div>
        )}
      </Page>
    );
  }
  return <LoadedRun run={run.data} view={view ?? (phone ? 'timeline' : 'canvas')} selected={step ?? null} />;
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
  const { story, loaded, connection, error, reload, goesOn } = useRunStory(pinned);
  const [position, setPosition] = useState<number | null>(null);
  const [sheet, setSheet] = useState(selected !== null);
  const state = useMemo(
    () => (position === null ? story.state : stateAt(definition, story, position)),
    [definition, story, position],
  );
  const entries = useMemo(
    () => (position === null ? story.entries : story.entries.slice(0, position)),
    [story, position],
  );
  const attempts = useMemo(() => attemptsOf(entries), [entries]);
  const [passes, setPasses] = useState<Passes>({});
  // What is selected is shown: it says itself in which items it lies.
  const shown = useMemo(
    () => shownBodies(definition, state, { ...passes, ...passesOf(instanceParts(selected ?? '').path) }),
    [definition, state, passes, selected],
  );
  const loops = useMemo(() => shownLoops(definition, state, shown), [definition, state, shown]);
  const isShown = useCallback(
    (id: InstanceId): boolean => {
      const { step, path } = instanceParts(id);
      const at = shown.get(definition.steps[step]?.scope ?? '');
      return at === path;
    },
    [shown, definition],
  );
  const status = statusOf(run, story);
  const ended = ENDED.includes(status);
  const outcome = useMemo(() => outcomeOf(definition, story.state, story.entries), [definition, story]);
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

  const choose = (loop: ShownLoop, index: number): void => {
    setPasses((before) => ({ ...before, [loop.path]: index }));
    const ref = instanceParts(selected ?? '');
    const old = itemPath(loop.path, loop.index);
    if (ref.path !== old && !ref.path.startsWith(`${old}/`)) return;
    // The same step in the other item, as far as that item has come; inner loops begin anew.
    const inner = ref.path.slice(old.length).replace(/\[\d+\]/g, '[0]');
    const other = instanceId({ step: ref.step, path: `${itemPath(loop.path, index)}${inner}`, generation: 1 });
    select(state?.instances[other] === undefined ? loop.instance : other);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (event.key === 'Escape') select(null);
      const next = RUN_VIEWS[Number(event.key) - 1];
      if (next !== undefined) show(next);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [show, select]);
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
      isShown={loops.length === 0 ? null : isShown}
    />
  );

  const panel = (
    <StepPanel
      runId={run.id}
      definition={definition}
      state={state}
      entries={entries}
      attempts={attempts}
      selected={selected}
      onSelect={select}
    />
  );

  return (
    <Page
      title={run.workflowName}
      crumbs={[{ label: 'Runs', to: '/runs' }]}
      fill
      mark={
        <>
          <StatusBadge
            run={status}
            word={status === 'blocked' && outcome?.stuck === true ? 'Compensation stuck' : undefined}
            detail={status === 'compensating' ? undoProgress(outcome) : undefined}
            className="ml-1"
          />
          {(connection === 'reconnecting' || (connection === 'closed' && !ended && loaded)) && (
            <span role="status" className="flex items-center gap-1 text-12 text-waiting-text">
              <WifiOff size={13} aria-hidden="true" />
              <span className="max-sm:sr-only">Connection lost, trying again</span>
            </span>
          )}
        </>
      }
      actions={<RunActions run={run} definition={definition} state={story.state} ended={ended} onGoesOn={goesOn} />}
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
      {story.state !== null && position === null && (
        <Waits runId={run.id} definition={definition} state={story.state} onSelect={select} />
      )}
      {outcome !== null && <OutcomeBar outcome={outcome} ended={ended} onSelect={select} />}
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
      {state !== null && (view === 'canvas' || view === 'timeline') && (
        <LoopBar definition={definition} state={state} loops={loops} onChoose={choose} />
      )}
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col bg-surface">
          {error !== null && <LoadError error={error} onRetry={reload} />}
          {error === null && !loaded && <Skeleton className="m-6 h-64" />}
          {error === null && loaded && (
            <>
              {view === 'canvas' && (
                <>
                  <div className="min-h-0 flex-[6] bg-canvas">
                    <Suspense fallback={<Skeleton className="m-6 h-64" />}>
                      <RunCanvas
                        graph={run.graph}
                        definition={definition}
                        state={state}
                        shown={shown}
                        selected={selected}
                        onSelect={select}
                        now={now}
                      />
                    </Suspense>
                  </div>
                  <div className="hidden min-h-0 flex-[5] flex-col border-t border-border md:flex">{timeline}</div>
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
        {wide && selected !== null && (
          <aside
            aria-label="Step"
            className="relative w-[360px] shrink-0 overflow-y-auto border-l border-border bg-surface xl:w-[400px]"
          >
            <div className="sticky top-0 z-[1] flex h-9 items-center justify-between border-b border-border bg-surface pr-2 pl-4 text-12 text-muted">
              Step
              <IconButton
                label="Close the step"
                shortcut="Esc"
                onClick={() => {
                  select(null);
                }}
              >
                <X size={14} aria-hidden="true" />
              </IconButton>
            </div>
            {panel}
          </aside>
        )}
      </div>
      {!wide && (
        <Sheet
          open={sheet && selected !== null}
          onOpenChange={setSheet}
          title={selected === null ? '' : instanceName(definition, selected)}
        >
          {panel}
        </Sheet>
      )}
    </Page>
  );
}

/** A run that nobody has taken up yet has begun in its journal, and is queued all the same: its first entry came with its event. */
function statusOf(run: Run, story: RunStory): RunStatus {
  const { state, entries } = story;
  if (state === null) return run.status;
  return entries.length === 1 && state.endedAt === null && run.status === 'queued' ? 'queued' : state.status;
}

/** "2 of 4" while effects are being undone (7.5). */
function undoProgress(outcome: Outcome | null): string | undefined {
  if (outcome === null || outcome.undos.length === 0) return undefined;
  return `${String(outcome.done + outcome.byHand)} of ${String(outcome.undos.length)}`;
}

/** The order that the demo shop knows this run by; null when the run has nothing to do with it. */
function shopOrder(run: Run): string | null {
  const calls = Object.values(run.definition.steps).some(
    (step) => step.kind === 'action' && step.connector === 'demo-shop',
  );
  const { data } = run.event;
  if (!calls || !isJsonObject(data)) return null;
  const order = data['orderId'];
  return typeof order === 'string' && order !== '' ? order : null;
}

function Facts({ run, state }: { readonly run: Run; readonly state: RunState | null }): ReactElement {
  const trigger = run.definition.triggers[run.trigger]?.name ?? run.trigger;
  const endedAt = state?.endedAt ?? run.endedAt;
  const order = shopOrder(run);
  return (
    <dl className="flex shrink-0 flex-wrap items-center gap-x-3 border-b border-border bg-surface px-4 py-1 text-12 sm:gap-x-5 md:px-6 [&>div]:flex [&>div]:min-h-6 [&>div]:items-center [&>div]:gap-1.5 [&_dt]:text-muted max-sm:[&_dt]:sr-only">
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
      <div>
        <dt>Trigger</dt>
        <dd className="flex items-center gap-1">
          <span className="max-sm:sr-only">{trigger}</span>
          <Admission run={run} />
        </dd>
      </div>
      {state !== null && state.parent === null && <EventMarks event={run.event} />}
      {state?.parent != null && (
        <div>
          <dt>Called by</dt>
          <dd>
            <Link
              to="/runs/$runId"
              params={{ runId: state.parent.run }}
              search={{ step: state.parent.instance }}
              title="The run and step that called this one"
              className="flex min-h-6 items-center gap-1 rounded-tag text-accent hover:underline"
            >
              <CornerLeftUp size={13} aria-hidden="true" />
              <span className="font-mono">{state.parent.run.slice(-8)}</span>
            </Link>
          </dd>
        </div>
      )}
      {state?.response != null && (
        <div>
          <dt>Answered</dt>
          <dd>
            <Popover
              align="start"
              title="What the caller was answered"
              className="w-96"
              trigger={
                <button
                  type="button"
                  className="tabular flex min-h-6 items-center gap-1 rounded-tag px-1 text-accent hover:underline"
                >
                  <MessageSquareReply size={13} aria-hidden="true" />
                  {state.response.status}
                </button>
              }
            >
              <JsonView value={{ headers: state.response.headers, body: state.response.body }} label="Answer" />
            </Popover>
          </dd>
        </div>
      )}
      {order !== null && (
        <div>
          <dt>Order</dt>
          <dd>
            <Link
              to="/demo-shop"
              search={{ order }}
              title="What the demo shop booked for this order"
              className="flex min-h-6 items-center gap-1 rounded-tag text-accent hover:underline"
            >
              <Store size={13} aria-hidden="true" />
              {order}
            </Link>
          </dd>
        </div>
      )}
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
