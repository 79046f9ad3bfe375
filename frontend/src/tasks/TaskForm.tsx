import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import type { Task } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { client, keys, problemOf, useAction } from '../api/index.js';
import { Button, Field, Textarea, useToasts } from '../ui/index.js';
import { formFields, readForm, readJson, refusedFields, startOf } from './form.js';
import { taskKeys } from './queries.js';
import { SchemaForm } from './SchemaForm.js';

export interface TaskFormProps {
  readonly task: Task;
  readonly onDone?: () => void;
}

interface Wish {
  readonly outcome: string;
  readonly comment: string;
  readonly data: Json;
}

/** What an open task asks for: its form, a comment, and a button for each of its outcomes. */
export function TaskForm({ task, onDone }: TaskFormProps): ReactElement {
  const toasts = useToasts();
  const queries = useQueryClient();
  const fields = useMemo(() => (task.form === null ? [] : formFields(task.form)), [task.form]);
  const [draft, setDraft] = useState(() => startOf(fields ?? []));
  const [whole, setWhole] = useState('');
  const [comment, setComment] = useState('');
  /** The outcome last asked for; from then on what is missing is said. */
  const [tried, setTried] = useState<string | null>(null);
  const complete = useAction<Wish>({
    run: (wish) => client.completeTask({ params: { id: task.id }, body: wish }),
    invalidates: [taskKeys.all, keys.run(task.runId)],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: `“${task.title}” is completed` });
      onDone?.();
    },
  });

  const answer = fields === null ? null : readForm(fields, draft);
  const raw = fields === null ? readJson(whole) : null;
  const refusal = complete.error === null ? null : problemOf(complete.error);
  /** What the server says of a field stands until another answer is sent. */
  const refused = refusal?.code === 'task.form' ? refusedFields(fields ?? [], refusal.context) : {};
  const problems = tried === null || answer === null ? {} : { ...refused, ...answer.problems };
  const atFields = Object.keys(refused).some((field) => field !== '');
  const triedOutcome = task.outcomes.find((each) => each.id === tried);
  const commentMissing = triedOutcome?.commentRequired === true && comment.trim() === '';

  function submit(outcome: Task['outcomes'][number]): void {
    setTried(outcome.id);
    if (outcome.commentRequired && comment.trim() === '') return;
    const data = answer === null ? raw : Object.keys(answer.problems).length === 0 ? { value: answer.data } : null;
    if (data === null || 'problem' in data) return;
    complete.mutate(
      { outcome: outcome.id, comment: comment.trim(), data: data.value ?? {} },
      {
        // Somebody was faster, or the run has gone on: then the task itself says so.
        onError: (error) => {
          if (['task.completed', 'task.withdrawn', 'task.not-yours'].includes(problemOf(error).code))
            void queries.invalidateQueries({ queryKey: taskKeys.all });
        },
      },
    );
  }

  if (!task.mayComplete) {
    return (
      <p className="rounded-card bg-idle-tint px-3 py-2 text-13">
        This task is for {task.assignees.join(', ')}; only they can complete it.
      </p>
    );
  }
  return (
    <form
      aria-label={`Answer to ${task.title}`}
      className="flex flex-col gap-3"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      {refusal !== null && (
        <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
          {atFields && refused[''] === undefined ? 'Not accepted yet: see the fields below.' : refusal.detail}
        </p>
      )}
      {fields === null ? (
        <Field
          label="Answer"
          help="As JSON."
          required
          error={tried !== null && raw !== null && 'problem' in raw ? raw.problem : null}
        >
          <Textarea
            rows={6}
            spellCheck={false}
            className="font-mono text-12"
            value={whole}
            onChange={(event) => {
              setWhole(event.target.value);
            }}
          />
        </Field>
      ) : (
        <SchemaForm fields={fields} draft={draft} onChange={setDraft} problems={problems} />
      )}
      <Field
        label="Comment"
        help="Kept in the journal beside your name."
        required={task.outcomes.every((each) => each.commentRequired)}
        error={commentMissing ? `“${triedOutcome.label}” needs a comment: say why.` : null}
      >
        <Textarea
          rows={2}
          maxLength={4000}
          value={comment}
          onChange={(event) => {
            setComment(event.target.value);
          }}
        />
      </Field>
      <div role="group" aria-label="Outcome" className="flex flex-wrap gap-2">
        {task.outcomes.map((outcome, place) => (
          <Button
            key={outcome.id}
            variant={place === 0 ? 'primary' : 'secondary'}
            busy={complete.isPending && complete.variables.outcome === outcome.id}
            disabled={complete.isPending}
            onClick={() => {
              submit(outcome);
            }}
          >
            {outcome.label}
          </Button>
        ))}
      </div>
    </form>
  );
}
