import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import {
  Archive,
  CalendarClock,
  CirclePause,
  CirclePlay,
  Copy,
  Ellipsis,
  Pencil,
  Play,
  Plus,
  Search,
} from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import type { ReactElement } from 'react';
import type { WorkflowSummary } from '@sagawright/shared/contracts';
import { RUN_STATUSES } from '@sagawright/shared/contracts';
import type { RunStatus } from '@sagawright/shared/saga';
import { client, keys, useAction, workflowsQuery } from '../api/index.js';
import { LoadError, Page } from '../app/Page.js';
import {
  AlertDialog,
  Badge,
  Button,
  ContextMenu,
  Dialog,
  EmptyState,
  Field,
  Glyph,
  IconButton,
  Input,
  Menu,
  Skeleton,
  StatusBadge,
  Time,
  Tooltip,
  useToasts,
} from '../ui/index.js';
import type { GlyphName, MenuEntry, Tone } from '../ui/index.js';
import { RetentionDialog } from '../settings/RetentionDialog.js';
import { CreateDialog } from './CreateDialog.js';
import { FirstStart } from './FirstStart.js';
import { useCreateWorkflow } from './use-create-workflow.js';
import { PauseEverything } from './WorkspacePause.js';

export interface WorkflowsPageProps {
  readonly search?: string | undefined;
  /** The create dialog is open. */
  readonly create?: boolean | undefined;
}

export function WorkflowsPage({ search = '', create = false }: WorkflowsPageProps): ReactElement {
  const navigate = useNavigate();
  const workflows = useInfiniteQuery(workflowsQuery(useDeferredValue(search)));
  const items = workflows.data?.pages.flatMap((page) => page.items) ?? [];
  const firstStart = workflows.isSuccess && items.length === 0 && search === '';

  function setCreate(open: boolean): void {
    void navigate({ to: '/workflows', search: (before) => ({ ...before, create: open ? true : undefined }) });
  }

  return (
    <Page
      title="Workflows"
      actions={
        <>
          {!firstStart && <PauseEverything />}
          <Button
            variant={firstStart ? 'secondary' : 'primary'}
            onClick={() => {
              setCreate(true);
            }}
          >
            <Plus size={14} aria-hidden="true" />
            New workflow
          </Button>
        </>
      }
    >
      {firstStart ? (
        <FirstStart
          onEmpty={() => {
            setCreate(true);
          }}
        />
      ) : (
        <div className="mx-auto flex w-full max-w-[1200px] flex-col gap-3 p-4 md:p-6">
          <div className="relative max-w-xs">
            <Search size={14} aria-hidden="true" className="pointer-events-none absolute top-2.5 left-2.5 text-faint" />
            <Input
              type="search"
              aria-label="Search workflows"
              placeholder="Search by name"
              className="pl-8"
              value={search}
              onChange={(event) => {
                void navigate({
                  to: '/workflows',
                  search: { search: event.target.value === '' ? undefined : event.target.value },
                  replace: true,
                });
              }}
            />
          </div>
          {workflows.isPending && <Rows />}
          {workflows.isError && <LoadError error={workflows.error} onRetry={() => void workflows.refetch()} />}
          {workflows.isSuccess && items.length === 0 && (
            <EmptyState icon={<Search size={18} aria-hidden="true" />} title="No workflow goes by that name">
              Try fewer letters.
            </EmptyState>
          )}
          {items.length > 0 && (
            <ul
              aria-label="Workflows"
              className="divide-y divide-border overflow-hidden rounded-card border border-border bg-surface"
            >
              {items.map((workflow) => (
                <WorkflowRow key={workflow.id} workflow={workflow} />
              ))}
            </ul>
          )}
          {workflows.hasNextPage && (
            <Button
              className="self-center"
              busy={workflows.isFetchingNextPage}
              onClick={() => void workflows.fetchNextPage()}
            >
              Show more
            </Button>
          )}
        </div>
      )}
      <CreateDialog key={String(create)} open={create} onOpenChange={setCreate} />
    </Page>
  );
}

function Rows(): ReactElement {
  return (
    <div
      className="flex flex-col gap-px overflow-hidden rounded-card border border-border"
      aria-label="Loading workflows"
      role="status"
    >
      {[0, 1, 2, 3].map((index) => (
        <div key={index} className="flex h-16 items-center gap-4 bg-surface px-4">
          <Skeleton className="h-4 w-56" />
          <Skeleton className="h-4 w-24" />
        </div>
      ))}
    </div>
  );
}

function WorkflowRow({ workflow }: { readonly workflow: WorkflowSummary }): ReactElement {
  const navigate = useNavigate();
  const toasts = useToasts();
  const duplicate = useCreateWorkflow();
  const [dialog, setDialog] = useState<'rename' | 'retention' | 'archive' | null>(null);
  const archive = useAction({
    run: () => client.archiveWorkflow({ params: { id: workflow.id } }),
    invalidates: [keys.workflows],
    onDone: () => {
      toasts.show({ tone: 'done', title: `“${workflow.name}” is archived` });
    },
  });
  const copy = useAction({
    run: () => client.getWorkflow({ params: { id: workflow.id } }),
    onDone: (full) => {
      duplicate.mutate({ name: `${workflow.name} copy`.slice(0, 120), graph: full.draft.graph });
    },
  });
  const paused = workflow.pausedAt !== null;
  const pause = useAction({
    run: () => client[paused ? 'resumeWorkflow' : 'pauseWorkflow']({ params: { id: workflow.id } }),
    invalidates: [keys.workflows, keys.workflow(workflow.id), keys.runs],
    onDone: () => {
      toasts.show(
        paused
          ? { tone: 'done', title: `The runs of “${workflow.name}” go on` }
          : {
              title: `The runs of “${workflow.name}” stand still`,
              description: 'Attempts in flight are finished. Events are still taken, and new runs wait.',
            },
      );
    },
  });
  const entries: MenuEntry[] = [
    {
      id: 'runs',
      label: 'Show its runs',
      icon: <Play size={14} aria-hidden="true" />,
      onSelect: () => void navigate({ to: '/runs', search: { workflow: workflow.id } }),
    },
    {
      id: 'rename',
      label: 'Rename',
      icon: <Pencil size={14} aria-hidden="true" />,
      onSelect: () => {
        setDialog('rename');
      },
    },
    {
      id: 'duplicate',
      label: 'Duplicate',
      icon: <Copy size={14} aria-hidden="true" />,
      onSelect: () => {
        copy.mutate(undefined);
      },
    },
    {
      id: 'pause',
      label: paused ? 'Let its runs go on' : 'Pause its runs',
      icon: paused ? <CirclePlay size={14} aria-hidden="true" /> : <CirclePause size={14} aria-hidden="true" />,
      onSelect: () => {
        pause.mutate(undefined);
      },
    },
    {
      id: 'retention',
      label: 'How long its runs are kept…',
      icon: <CalendarClock size={14} aria-hidden="true" />,
      onSelect: () => {
        setDialog('retention');
      },
    },
    { kind: 'separator', id: 'line' },
    {
      id: 'archive',
      label: 'Archive',
      icon: <Archive size={14} aria-hidden="true" />,
      danger: true,
      onSelect: () => {
        setDialog('archive');
      },
    },
  ];
  return (
    <li>
      <ContextMenu
        entries={entries}
        className="relative flex min-h-16 flex-wrap items-center gap-x-6 gap-y-1.5 px-4 py-2.5 transition-colors hover:bg-hover"
      >
        <div className="min-w-0 flex-1 basis-56 pr-10 md:pr-0">
          <Link
            to="/workflows/$workflowId"
            params={{ workflowId: workflow.id }}
            className="font-semibold after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {workflow.name}
          </Link>
          <div className="mt-0.5 flex flex-wrap items-center gap-x-2 text-12 text-muted">
            <span>
              Changed <Time at={workflow.updatedAt} className="relative" />
            </span>
            {workflow.pausedAt !== null && (
              <span className="flex items-center gap-1 font-medium text-waiting-text">
                <CirclePause size={12} aria-hidden="true" />
                Paused since <Time at={workflow.pausedAt} className="relative" />
              </span>
            )}
          </div>
        </div>
        <div className="flex w-52 shrink-0 items-center gap-2">
          <PublishState workflow={workflow} />
        </div>
        <div className="flex w-48 shrink-0 items-center gap-2 text-12 text-muted">
          {workflow.lastRun === null ? (
            'No run yet'
          ) : (
            <>
              {isRunStatus(workflow.lastRun.status) && <StatusBadge run={workflow.lastRun.status} />}
              <Time at={workflow.lastRun.createdAt} className="relative" />
            </>
          )}
        </div>
        <div className="tabular flex w-56 shrink-0 items-center gap-3 text-12 text-muted">
          <Count value={workflow.runCounts.live} label="going on" glyph="running" tone="running" />
          <Count value={workflow.runCounts.completed} label="completed" glyph="done" tone="done" />
          <Count value={workflow.runCounts.failed} label="failed" glyph="failed" tone="failed" />
          <Count value={workflow.runCounts.compensated} label="undone" glyph="undone" tone="undo" />
          <Count value={workflow.runCounts.stopped} label="stopped by hand" glyph="cancelled" tone="idle" />
        </div>
        <div className="absolute top-2.5 right-3 md:static">
          <Menu
            entries={entries}
            trigger={
              <IconButton label={`More for ${workflow.name}`} className="relative">
                <Ellipsis size={16} aria-hidden="true" />
              </IconButton>
            }
          />
        </div>
      </ContextMenu>
      <AlertDialog
        open={dialog === 'archive'}
        onOpenChange={() => {
          setDialog(null);
        }}
        title={`Archive “${workflow.name}”?`}
        description="Its triggers stop at once and its webhook addresses answer no more. Runs that are going on end as they would; their journals stay."
        confirm="Archive"
        danger
        onConfirm={async () => {
          await archive.mutateAsync(undefined);
        }}
      />
      {dialog === 'retention' && (
        <RetentionDialog
          workflow={workflow}
          onClose={() => {
            setDialog(null);
          }}
        />
      )}
      {dialog === 'rename' && (
        <RenameDialog
          workflow={workflow}
          onClose={() => {
            setDialog(null);
          }}
        />
      )}
    </li>
  );
}

function RenameDialog({
  workflow,
  onClose,
}: {
  readonly workflow: WorkflowSummary;
  readonly onClose: () => void;
}): ReactElement {
  const [name, setName] = useState(workflow.name);
  const rename = useAction({
    run: () => client.renameWorkflow({ params: { id: workflow.id }, body: { name: name.trim() } }),
    invalidates: [keys.workflows, keys.workflow(workflow.id)],
    onDone: onClose,
  });
  const submit = (): void => {
    if (name.trim() !== '') rename.mutate(undefined);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Rename workflow"
      size="small"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={rename.isPending} onClick={submit}>
            Rename
          </Button>
        </>
      }
    >
      <form
        className="pb-2"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Name" required error={name.trim() === '' ? 'Give the workflow a name.' : null}>
          <Input
            autoFocus
            maxLength={120}
            value={name}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </Field>
      </form>
    </Dialog>
  );
}

function PublishState({ workflow }: { readonly workflow: WorkflowSummary }): ReactElement {
  if (workflow.publishedVersion === null) return <Badge>Draft, never published</Badge>;
  return (
    <>
      <Badge tone="done">Live v{workflow.publishedVersion}</Badge>
      {workflow.unpublishedChanges && <Badge>Draft ahead</Badge>}
    </>
  );
}

function Count({
  value,
  label,
  glyph,
  tone,
}: {
  readonly value: number;
  readonly label: string;
  readonly glyph: GlyphName;
  readonly tone: Tone;
}): ReactElement {
  const still = glyph === 'running' && value === 0 ? 'queued' : glyph;
  return (
    <Tooltip label={`${String(value)} ${label}`}>
      <span className="relative inline-flex items-center gap-1">
        <Glyph name={still} tone={value === 0 ? 'idle' : tone} size={12} className={value === 0 ? 'opacity-50' : ''} />
        {value}
        <span className="sr-only"> {label}</span>
      </span>
    </Tooltip>
  );
}

function isRunStatus(status: string): status is RunStatus {
  return (RUN_STATUSES as readonly string[]).includes(status);
}
