import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Inbox, X } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactElement } from 'react';
import type { Task } from '@sagawright/shared/contracts';
import { problemOf, workflowsQuery } from '../api/index.js';
import { LoadError, Page } from '../app/Page.js';
import { useMedia } from '../app/use-media.js';
import { isTyping } from '../app/use-shell-keys.js';
import {
  Button,
  EmptyState,
  IconButton,
  Select,
  Sheet,
  Skeleton,
  Tabs,
  Time,
  buttonClass,
  classNames,
} from '../ui/index.js';
import { TASK_LISTS, taskCountQuery, taskQuery, tasksQuery } from './queries.js';
import type { TaskList } from './queries.js';
import { TaskPanel, TaskState } from './TaskPanel.js';
import { useTaskNews } from './use-task-news.js';

export interface TasksPageProps {
  readonly list?: TaskList | undefined;
  /** Id of the workflow whose tasks are shown; all of them when absent. */
  readonly workflow?: string | undefined;
  /** Id of the task that is looked at. */
  readonly task?: string | undefined;
}

const WORDS: Record<TaskList, string> = { mine: 'For me', open: 'All open', done: 'Done' };
const NOTHING: Record<TaskList, { readonly title: string; readonly body: string }> = {
  mine: { title: 'Nothing is asked of you', body: 'Tasks given to you, to your role or to everybody appear here.' },
  open: { title: 'No task is open', body: 'When a run needs somebody’s answer, it appears here at once.' },
  done: { title: 'Nothing has been answered yet', body: 'Answered tasks stay here with who said what, and when.' },
};

/** What runs ask of people: a list, and beside it the task with its form. */
export function TasksPage({ list = 'mine', workflow, task }: TasksPageProps): ReactElement {
  const navigate = useNavigate();
  const wide = useMedia('(min-width: 1024px)');
  useTaskNews();
  const tasks = useInfiniteQuery(tasksQuery({ list, workflowId: workflow }));
  const mine = useQuery(taskCountQuery({ list: 'mine', workflowId: workflow }));
  const open = useQuery(taskCountQuery({ list: 'open', workflowId: workflow }));
  const items = tasks.data?.pages.flatMap((page) => page.items) ?? [];
  const listed = items.find((each) => each.id === task);
  const looked = useQuery({ ...taskQuery(task ?? ''), enabled: task !== undefined, placeholderData: listed });
  const shown = task === undefined ? undefined : (looked.data ?? listed);
  const close = (): void => void navigate({ to: '/tasks', search: { list, workflow }, replace: true });

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      const rows = [...document.querySelectorAll<HTMLElement>('[data-task-row] a')];
      if (step === 0 || rows.length === 0) return;
      event.preventDefault();
      const at = rows.findIndex((row) => row === document.activeElement);
      rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, []);

  return (
    <Page title="Tasks" fill actions={<WorkflowFilter list={list} workflow={workflow} />}>
      <div className="shrink-0 border-b border-border bg-surface px-2 md:px-4">
        <Tabs
          label="Tasks by state"
          value={list}
          items={TASK_LISTS.map((each) => ({
            value: each,
            label: WORDS[each],
            count: each === 'mine' ? mine.data : each === 'open' ? open.data : undefined,
          }))}
          onChange={(next) => void navigate({ to: '/tasks', search: { list: next, workflow } })}
        />
      </div>
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1 overflow-y-auto">
          {tasks.isPending && (
            <div className="flex flex-col gap-3 p-6" role="status" aria-label="Loading tasks">
              {[0, 1, 2, 3].map((row) => (
                <Skeleton key={row} className="h-10" />
              ))}
            </div>
          )}
          {tasks.isError && <LoadError error={tasks.error} onRetry={() => void tasks.refetch()} />}
          {tasks.isSuccess && items.length === 0 && (
            <Nothing list={list} workflow={workflow} elsewhere={list === 'mine' ? (open.data ?? 0) : 0} />
          )}
          {items.length > 0 && (
            <ul aria-label="Tasks" className="divide-y divide-border border-b border-border bg-surface">
              {items.map((each) => (
                <TaskRow key={each.id} task={each} list={list} workflow={workflow} chosen={each.id === task} />
              ))}
            </ul>
          )}
          {tasks.hasNextPage && (
            <div className="flex justify-center p-4">
              <Button busy={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
                Show older
              </Button>
            </div>
          )}
        </div>
        {wide && task !== undefined && (
          <aside aria-label="Task" className="w-[440px] shrink-0 overflow-y-auto border-l border-border bg-surface">
            <div className="sticky top-0 z-[1] flex h-9 items-center justify-between border-b border-border bg-surface pr-2 pl-4 text-12 text-muted">
              Task
              <IconButton label="Close the task" onClick={close}>
                <X size={14} aria-hidden="true" />
              </IconButton>
            </div>
            {shown !== undefined && <TaskPanel key={shown.id} task={shown} onDone={close} />}
            {shown === undefined && looked.isError && <Missing error={looked.error} />}
          </aside>
        )}
      </div>
      {!wide && (
        <Sheet
          open={task !== undefined && (shown !== undefined || looked.isError)}
          onOpenChange={(next) => {
            if (!next) close();
          }}
          title="Task"
        >
          {shown === undefined ? (
            looked.isError && <Missing error={looked.error} />
          ) : (
            <TaskPanel key={shown.id} task={shown} onDone={close} />
          )}
        </Sheet>
      )}
    </Page>
  );
}

function WorkflowFilter({
  list,
  workflow,
}: {
  readonly list: TaskList;
  readonly workflow: string | undefined;
}): ReactElement {
  const navigate = useNavigate();
  const workflows = useInfiniteQuery(workflowsQuery(''));
  const known = (workflows.data?.pages.flatMap((page) => page.items) ?? []).map(({ id, name }) => ({
    value: id,
    label: name,
  }));
  const options = [{ value: '', label: 'All workflows' }, ...known];
  const value = workflow ?? '';
  return (
    <div className="w-40 sm:w-48">
      <Select
        label="Workflow"
        value={value}
        options={
          options.some((each) => each.value === value) ? options : [...options, { value, label: 'One workflow' }]
        }
        onChange={(next) => void navigate({ to: '/tasks', search: { list, workflow: next === '' ? undefined : next } })}
      />
    </div>
  );
}

function Nothing({
  list,
  workflow,
  elsewhere,
}: {
  readonly list: TaskList;
  readonly workflow: string | undefined;
  /** Tasks that wait for others. */
  readonly elsewhere: number;
}): ReactElement {
  const { title, body } = NOTHING[list];
  return (
    <EmptyState
      icon={<Inbox size={18} aria-hidden="true" />}
      title={workflow === undefined ? title : `${title} by this workflow`}
      action={
        elsewhere > 0 && (
          <Link to="/tasks" search={{ list: 'open', workflow }} className={buttonClass()}>
            {elsewhere === 1
              ? 'Show the one that waits for others'
              : `Show the ${String(elsewhere)} that wait for others`}
          </Link>
        )
      }
    >
      {body}
    </EmptyState>
  );
}

function Missing({ error }: { readonly error: unknown }): ReactElement {
  const problem = problemOf(error);
  return (
    <EmptyState compact title={problem.title}>
      {problem.code === 'task.not-found' || problem.code === 'request.invalid'
        ? 'The link may be incomplete, or the task belongs to another workspace.'
        : problem.detail}
    </EmptyState>
  );
}

function TaskRow({
  task,
  list,
  workflow,
  chosen,
}: {
  readonly task: Task;
  readonly list: TaskList;
  readonly workflow: string | undefined;
  readonly chosen: boolean;
}): ReactElement {
  return (
    <li
      data-task-row
      className={classNames(
        'relative flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 transition-colors hover:bg-hover md:px-6',
        chosen && 'bg-accent-tint hover:bg-accent-tint',
      )}
    >
      <div className="min-w-0 flex-1 basis-48">
        <Link
          to="/tasks"
          search={{ list, workflow, task: task.id }}
          aria-current={chosen ? 'true' : undefined}
          className="block truncate font-semibold after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {task.title}
        </Link>
        <p className="truncate text-12 text-muted">
          {task.workflowName} · {task.assignees.length === 0 ? 'for anybody' : `for ${task.assignees.join(', ')}`}
        </p>
      </div>
      <p className="text-12 whitespace-nowrap text-muted">
        {task.completed === null ? (
          <>
            {task.dueAt === null ? 'since ' : 'due '}
            <Time at={task.dueAt ?? task.createdAt} className="relative" />
          </>
        ) : (
          <>
            {task.completed.by.name} <Time at={task.completed.at} className="relative" />
          </>
        )}
      </p>
      <TaskState task={task} />
    </li>
  );
}
