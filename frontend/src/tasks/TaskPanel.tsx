import { Link } from '@tanstack/react-router';
import { UserRoundPlus } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Task } from '@sagawright/shared/contracts';
import { Badge, Button, JsonView, Time, useNow } from '../ui/index.js';
import { ReassignDialog } from './ReassignDialog.js';
import { TaskForm } from './TaskForm.js';

/** One task: what is asked, of whom, until when, for which run; and its answer, to be given or as it was given. */
export function TaskPanel({ task, onDone }: { readonly task: Task; readonly onDone?: () => void }): ReactElement {
  const [giving, setGiving] = useState(false);
  return (
    <article aria-label={task.title} className="flex flex-col gap-4 p-4">
      <div className="flex items-start gap-2">
        <h2 className="min-w-0 flex-1 text-16 font-semibold [overflow-wrap:anywhere]">{task.title}</h2>
        <TaskState task={task} />
      </div>
      {task.instructions !== '' && (
        <p className="text-13 whitespace-pre-line [overflow-wrap:anywhere]">{task.instructions}</p>
      )}
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-1 text-13 [&>dt]:text-muted">
        <dt>For</dt>
        <dd className="flex flex-wrap items-center gap-x-2 [overflow-wrap:anywhere]">
          {task.assignees.length === 0 ? 'anybody' : task.assignees.join(', ')}
          {task.status === 'open' && task.mayComplete && (
            <Button
              size="compact"
              variant="ghost"
              onClick={() => {
                setGiving(true);
              }}
            >
              <UserRoundPlus size={13} aria-hidden="true" />
              Give to others
            </Button>
          )}
        </dd>
        <dt>Since</dt>
        <dd>
          <Time at={task.createdAt} />
        </dd>
        {task.dueAt !== null && (
          <>
            <dt>Due</dt>
            <dd>
              <Time at={task.dueAt} />
            </dd>
          </>
        )}
        <dt>Run</dt>
        <dd>
          <Link
            to="/runs/$runId"
            params={{ runId: task.runId }}
            search={{ step: task.instance }}
            className="rounded-tag py-0.5 text-accent hover:underline"
          >
            {task.workflowName} · <span className="font-mono text-12">{task.runId.slice(-8)}</span>
          </Link>
        </dd>
      </dl>
      {task.status === 'open' && <TaskForm key={task.id} task={task} {...(onDone === undefined ? {} : { onDone })} />}
      {task.completed !== null && <Given task={task} completed={task.completed} />}
      {task.status === 'withdrawn' && (
        <p className="rounded-card bg-idle-tint px-3 py-2 text-13">
          Nobody’s answer is needed any more: the time ran out, or the run went on otherwise.
        </p>
      )}
      {giving && (
        <ReassignDialog
          task={task}
          onClose={() => {
            setGiving(false);
          }}
        />
      )}
    </article>
  );
}

export function TaskState({ task }: { readonly task: Task }): ReactElement {
  const now = useNow(task.status === 'open' && task.dueAt !== null);
  if (task.status === 'withdrawn') return <Badge>Withdrawn</Badge>;
  if (task.completed !== null) return <Badge tone="done">{outcomeLabel(task, task.completed.outcome)}</Badge>;
  return task.dueAt !== null && Date.parse(task.dueAt) < now ? (
    <Badge tone="failed">Overdue</Badge>
  ) : (
    <Badge tone="waiting">Open</Badge>
  );
}

function outcomeLabel(task: Task, outcome: string): string {
  return task.outcomes.find((each) => each.id === outcome)?.label ?? outcome;
}

function Given({
  task,
  completed,
}: {
  readonly task: Task;
  readonly completed: NonNullable<Task['completed']>;
}): ReactElement {
  return (
    <section className="flex flex-col gap-2 border-t border-border pt-3">
      <h3 className="text-13">
        <strong className="font-semibold">{completed.by.name}</strong> answered “{outcomeLabel(task, completed.outcome)}
        ” <Time at={completed.at} className="text-muted" />
      </h3>
      {completed.comment !== '' && (
        <p className="text-13 whitespace-pre-line [overflow-wrap:anywhere]">{completed.comment}</p>
      )}
      {task.form !== null && <JsonView value={completed.data} label="Answer" />}
    </section>
  );
}
