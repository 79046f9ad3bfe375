import { useState } from 'react';
import type { ReactElement } from 'react';
import { undoPlan } from '@sagawright/shared/saga';
import type { RunState, SagaDefinition } from '@sagawright/shared/saga';
import { client, keys, problemOf, useAction } from '../api/index.js';
import { Button, Dialog, Field, Input, useToasts } from '../ui/index.js';
import { instanceName } from './attempts.js';

export interface TerminateDialogProps {
  readonly runId: string;
  readonly definition: SagaDefinition;
  readonly state: RunState | null;
  readonly onClose: () => void;
}

/** Ends the run at once; says plainly that nothing is undone, and what therefore stays (S25). */
export function TerminateDialog({ runId, definition, state, onClose }: TerminateDialogProps): ReactElement {
  const toasts = useToasts();
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  const stays = state === null ? [] : inForce(definition, state);
  const terminate = useAction({
    run: () => client.terminateRun({ params: { id: runId }, body: { reason: reason.trim() } }),
    invalidates: [keys.run(runId), keys.runs],
    toastProblem: false,
    onDone: ({ stays: left }) => {
      toasts.show({
        title: 'The run is being terminated. Nothing is undone.',
        ...(left.length === 0 ? {} : { description: `It stays: ${left.map((each) => each.step).join(', ')}.` }),
      });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Terminate this run?"
      description="It stops at once, also in the middle of a call. Nothing is undone: every effect stays as it is."
      actions={
        <>
          <Button onClick={onClose}>Keep running</Button>
          <Button
            variant="danger"
            busy={terminate.isPending}
            onClick={() => {
              setSent(true);
              if (reason.trim() !== '') terminate.mutate(undefined);
            }}
          >
            Terminate without undo
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {terminate.error !== null && (
          <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
            {problemOf(terminate.error).detail}
          </p>
        )}
        {stays.length === 0 ? (
          <p className="text-13 text-muted">So far no effect is in force.</p>
        ) : (
          <div className="rounded-card border border-failed/40 px-3 py-2 text-13">
            <p className="font-medium text-failed-text">Stays as it is, and nobody will undo it:</p>
            <ul className="mt-1 list-disc pl-5">
              {stays.map(({ instance, name }) => (
                <li key={instance}>{name}</li>
              ))}
            </ul>
          </div>
        )}
        <p className="text-12 text-muted">To have it undone, cancel the run instead.</p>
        <Field
          label="Reason"
          required
          help="Kept in the journal beside your name."
          error={
            sent && reason.trim() === '' ? 'Say it in a few words; whoever finds these effects later needs it.' : null
          }
        >
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

/** Effects that took place, or perhaps did, and are not undone. */
function inForce(definition: SagaDefinition, state: RunState): { readonly instance: string; readonly name: string }[] {
  const plan = undoPlan(definition, state);
  const ids = [
    ...plan.steps.map(({ instance }) => instance).filter((id) => state.instances[id]?.undo.status !== 'done'),
    ...plan.notUndone.filter(({ reason }) => reason !== 'not-needed').map(({ instance }) => instance),
  ];
  return ids.map((instance) => ({ instance, name: instanceName(definition, instance) }));
}
