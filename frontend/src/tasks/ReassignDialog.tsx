import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Task } from '@sagawright/shared/contracts';
import { client, problemOf, useAction } from '../api/index.js';
import { Button, Dialog, Field, Input, Textarea, useToasts } from '../ui/index.js';
import { taskKeys } from './queries.js';

/** Gives a task to others: they take the place of those before. */
export function ReassignDialog({ task, onClose }: { readonly task: Task; readonly onClose: () => void }): ReactElement {
  const toasts = useToasts();
  const [text, setText] = useState(task.assignees.join('\n'));
  const [reason, setReason] = useState('');
  const assignees = text
    .split(/[\n,]/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const give = useAction({
    run: () => client.reassignTask({ params: { id: task.id }, body: { assignees, reason: reason.trim() } }),
    invalidates: [taskKeys.all],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: `“${task.title}” is given to ${assignees.join(', ')}` });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Give the task to others"
      size="small"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={give.isPending}
            disabled={assignees.length === 0}
            onClick={() => {
              give.mutate(undefined);
            }}
          >
            Give to them
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {give.error !== null && (
          <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
            {problemOf(give.error).detail}
          </p>
        )}
        <Field
          label="For"
          required
          help="E-mail addresses, user ids or roles, one per line. They take the place of those before."
        >
          <Textarea
            rows={3}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        </Field>
        <Field label="Reason">
          <Input
            maxLength={500}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </Field>
      </div>
    </Dialog>
  );
}
