import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowUp, Play, Search, Send } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { RUN_STATUSES, runSummarySchema, streamUrl } from '@sagawright/shared/contracts';
import type { RunSummary } from '@sagawright/shared/contracts';
import type { RunStatus } from '@sagawright/shared/saga';
import { keys, openEventStream, runCountsQuery, runsQuery, workflowsQuery } from '../api/index.js';
import { LoadError, Page } from '../app/Page.js';
import { isTyping } from '../app/use-shell-keys.js';
import {
  Button,
  Duration,
  EmptyState,
  Input,
  Select,
  Skeleton,
  StatusBadge,
  Tabs,
  Time,
  buttonClass,
  classNames,
  runStateStyle,
} from '../ui/index.js';
import { QUIET, hearRun, withNews } from './live-list.js';
import { SendEventDialog } from './SendEventDialog.js';

export interface RunsPageProps {
  readonly status?: RunStatus | undefined;
  readonly workflow?: string | undefined;
  /** What the runs are about. */
  readonly search?: string | undefined;
}

/** Shown as tabs even when there are none; the rest only when there are some. */
const ALWAYS: readonly RunStatus[] = ['running', 'waiting', 'blocked', 'completed', 'failed', 'compensated'];

export function RunsPage({ status, workflow, search }: RunsPageProps): ReactElement {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const filter = useMemo(() => ({ status, workflowId: workflow, search }), [status, workflow, search]);
  const runs = useInfiniteQuery({ ...runsQuery(filter), refetchOnWindowFocus: false });
  const counts = useQuery(runCountsQuery({ workflowId: workflow, search }));
  const workflows = useInfiniteQuery(workflowsQuery(''));
  const fetched = useMemo(() => runs.data?.pages.flatMap((page) => page.items) ?? [], [runs.data]);
  const [news, setNews] = useState(QUIET);
  const rows = withNews(fetched, news);
  const [chosen, setChosen] = useState(-1);
  const [sending, setSending] = useState(false);

  const latest = useRef({ fetched, filter });
  useEffect(() => {
    latest.current = { fetched, filter };
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const recount = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        void queries.invalidateQueries({ queryKey: [...keys.runs, 'counts'] });
      }, 1000);
    };
    const close = openEventStream({
      url: streamUrl('', 'liveRuns', { query: { workflowId: workflow } }),
      onEvent: ({ event, data }) => {
        if (event !== 'run') return;
        const run = runSummarySchema.safeParse(JSON.parse(data));
        if (!run.success) return;
        setNews((before) => hearRun(before, run.data, latest.current.fetched, latest.current.filter));
        recount();
      },
      // This stream has no positions: after a break everything is asked again.
      onResume: () => void queries.invalidateQueries({ queryKey: keys.runs }),
    });
    return () => {
      close();
      if (timer !== null) clearTimeout(timer);
    };
  }, [queries, workflow]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || rows.length === 0) return;
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      const next = Math.max(0, Math.min(rows.length - 1, chosen + step));
      setChosen(next);
      document.querySelector<HTMLElement>(`[data-run-row="${String(next)}"] a`)?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [rows.length, chosen]);

  const tabs = [
    { value: 'all' as const, label: 'All', count: counts.data === undefined ? undefined : total(counts.data) },
    ...RUN_STATUSES.filter((each) => ALWAYS.includes(each) || each === status || (counts.data?.[each] ?? 0) > 0).map(
      (each) => ({
        value: each,
        label: runStateStyle[each].word,
        count: counts.data?.[each],
      }),
    ),
  ];
  const options = [
    { value: '', label: 'All workflows' },
    ...(workflows.data?.pages.flatMap((page) => page.items) ?? []).map((each) => ({
      value: each.id,
      label: each.name,
    })),
  ];

  function showFresh(): void {
    setNews(QUIET);
    void queries.invalidateQueries({ queryKey: keys.runs });
    document.getElementById('runs-scroll')?.scrollTo({ top: 0 });
  }

  return (
    <Page
      title="Runs"
      fill
      actions={
        <>
          <Button
            onClick={() => {
              setSending(true);
            }}
          >
            <Send size={14} aria-hidden="true" />
            <span className="max-sm:sr-only">Send event</span>
          </Button>
          {sending && (
            <SendEventDialog
              onClose={() => {
                setSending(false);
              }}
            />
          )}
          <div className="w-40 sm:w-48">
            <Select
              label="Workflow"
              value={workflow ?? ''}
              options={
                options.some((each) => each.value === (workflow ?? ''))
                  ? options
                  : [...options, { value: workflow ?? '', label: 'One workflow' }]
              }
              onChange={(next) =>
                void navigate({ to: '/runs', search: { status, search, workflow: next === '' ? undefined : next } })
              }
            />
          </div>
        </>
      }
    >
      <div className="flex shrink-0 flex-col-reverse border-b border-border bg-surface px-2 md:flex-row md:items-center md:justify-between md:px-4">
        <Tabs
          label="Runs by state"
          value={status ?? 'all'}
          items={tabs}
          onChange={(next) => {
            setNews(QUIET);
            setChosen(-1);
            void navigate({ to: '/runs', search: { workflow, search, status: next === 'all' ? undefined : next } });
          }}
        />
        <RunSearch
          key={search}
          search={search}
          onSearch={(next) => {
            setNews(QUIET);
            setChosen(-1);
            void navigate({ to: '/runs', search: { status, workflow, search: next } });
          }}
        />
      </div>
      <div id="runs-scroll" className="relative min-h-0 flex-1 overflow-y-auto">
        {news.fresh.size > 0 && (
          <div className="sticky top-2 z-10 flex h-0 justify-center">
            <button
              type="button"
              onClick={showFresh}
              className="flex h-7 items-center gap-1.5 rounded-pill bg-accent px-3 text-12 font-medium text-on-accent shadow-menu hover:bg-accent-hover"
            >
              <ArrowUp size={12} aria-hidden="true" />
              {news.fresh.size} new
            </button>
          </div>
        )}
        <p className="sr-only" role="status">
          {news.fresh.size > 0 ? `${String(news.fresh.size)} new runs` : ''}
        </p>
        {runs.isPending && (
          <div className="flex flex-col gap-3 p-6" role="status" aria-label="Loading runs">
            {[0, 1, 2, 3, 4].map((index) => (
              <Skeleton key={index} className="h-6" />
            ))}
          </div>
        )}
        {runs.isError && <LoadError error={runs.error} onRetry={() => void runs.refetch()} />}
        {runs.isSuccess && rows.length === 0 && (
          <NoRuns search={search} filtered={status !== undefined || workflow !== undefined} />
        )}
        {rows.length > 0 && (
          <table className="w-full text-left">
            <thead className="sticky top-0 z-[1] bg-canvas text-12 text-muted max-md:sr-only">
              <tr className="[&>th]:h-8 [&>th]:px-3 [&>th]:font-medium [&>th:first-child]:pl-6 [&>th:last-child]:pr-6">
                <th scope="col">State</th>
                <th scope="col">Workflow</th>
                <th scope="col">Run</th>
                <th scope="col">What went wrong</th>
                <th scope="col">Started</th>
                <th scope="col" className="text-right">
                  Took
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((run, index) => (
                <RunRow
                  key={run.id}
                  run={run}
                  index={index}
                  chosen={index === chosen}
                  onFocus={() => {
                    setChosen(index);
                  }}
                />
              ))}
            </tbody>
          </table>
        )}
        {runs.hasNextPage && (
          <div className="flex justify-center p-4">
            <Button busy={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
              Show older
            </Button>
          </div>
        )}
      </div>
    </Page>
  );
}

function total(counts: Readonly<Partial<Record<RunStatus, number>>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

interface RunSearchProps {
  readonly search: string | undefined;
  readonly onSearch: (search: string | undefined) => void;
}

/** Asked for with Enter; found is what is exactly that. */
function RunSearch({ search, onSearch }: RunSearchProps): ReactElement {
  return (
    <form
      role="search"
      className="relative shrink-0 px-2 py-1.5 md:w-72 md:px-0"
      onSubmit={(event) => {
        event.preventDefault();
        const said = new FormData(event.currentTarget).get('search');
        const wanted = typeof said === 'string' ? said.trim() : '';
        onSearch(wanted === '' ? undefined : wanted);
      }}
    >
      <Search
        size={14}
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-4.5 -translate-y-1/2 text-faint md:left-2.5"
      />
      <Input
        compact
        type="search"
        name="search"
        maxLength={500}
        aria-label="Search runs by what they are about"
        title="Finds runs by the subject of their event, by an id or a number in its data, or by their own id"
        placeholder="Order id, subject, run id"
        className="pl-8"
        defaultValue={search}
        onChange={(event) => {
          if (event.target.value === '' && search !== undefined) onSearch(undefined);
        }}
      />
    </form>
  );
}

interface NoRunsProps {
  readonly search: string | undefined;
  readonly filtered: boolean;
}

function NoRuns({ search, filtered }: NoRunsProps): ReactElement {
  if (search !== undefined) {
    return (
      <EmptyState
        icon={<Search size={18} aria-hidden="true" />}
        title={`No run is about “${search}”`}
        action={
          <Link to="/runs" className={buttonClass()}>
            Show all runs
          </Link>
        }
      >
        Runs are found by the whole subject of their event, by an id or number in its data (such as orderId or
        order.id), and by their own id.
      </EmptyState>
    );
  }
  if (filtered) {
    return (
      <EmptyState
        icon={<Play size={18} aria-hidden="true" />}
        title="No such runs"
        action={
          <Link to="/runs" className={buttonClass()}>
            Show all runs
          </Link>
        }
      >
        No run has this state or belongs to this workflow.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<Play size={18} aria-hidden="true" />}
      title="Nothing has run yet"
      action={
        <Link to="/workflows" className={buttonClass('primary')}>
          Go to the workflows
        </Link>
      }
    >
      Publish a workflow and fire its trigger; every run appears here at once.
    </EmptyState>
  );
}

interface RunRowProps {
  readonly run: RunSummary;
  readonly index: number;
  readonly chosen: boolean;
  readonly onFocus: () => void;
}

function RunRow({ run, index, chosen, onFocus }: RunRowProps): ReactElement {
  return (
    <tr
      data-run-row={index}
      className={classNames(
        'relative border-b border-border bg-surface transition-colors hover:bg-hover max-md:grid max-md:grid-cols-[minmax(0,1fr)_auto] max-md:items-center max-md:gap-x-3 max-md:gap-y-1 max-md:px-4 max-md:py-2.5 md:[&>td]:h-9 md:[&>td]:px-3 md:[&>td:first-child]:pl-6 md:[&>td:last-child]:pr-6',
        chosen && 'bg-hover',
      )}
    >
      <td className="whitespace-nowrap">
        <StatusBadge run={run.status} />
      </td>
      <td className="max-w-64 truncate font-medium max-md:order-3 max-md:max-w-none">
        {run.workflowName} <span className="font-normal text-muted">v{run.version}</span>
      </td>
      <td className="whitespace-nowrap max-md:order-4">
        <Link
          to="/runs/$runId"
          params={{ runId: run.id }}
          onFocus={onFocus}
          aria-label={`Run ${run.id.slice(-8)} of ${run.workflowName}, ${runStateStyle[run.status].word}`}
          className="font-mono text-12 text-muted after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {run.id.slice(-8)}
        </Link>
      </td>
      <td className="truncate text-12 text-muted max-md:order-5 max-md:col-span-2 max-md:empty:hidden md:w-full md:max-w-0">
        {run.failure?.message ?? (run.status === 'blocked' ? 'Waits for a person’s decision' : null)}
      </td>
      <td className="text-12 whitespace-nowrap text-muted max-md:order-2 max-md:text-right">
        <Time at={run.createdAt} className="relative" />
      </td>
      <td className="text-12 whitespace-nowrap text-muted max-md:hidden md:text-right">
        <Duration from={run.createdAt} to={run.endedAt} />
      </td>
    </tr>
  );
}
