import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { UndoPreview } from '@sagawright/shared/contracts';
import type { SagaDefinition } from '@sagawright/shared/saga';
import { client, keys, problemOf, useAction } from '../api/index.js';
import { Button, Dialog, Field, Input, Skeleton, useToasts } from '../ui/index.js';
import { instanceName } from './attempts.js';
import { stayWords } from './outcome.js';

export interface UndoRunDialogProps {
  readonly runId: string;
  readonly definition: SagaDefinition;
  readonly onClose: () => void;
  readonly onAsked: () => void;
}

/** Undoes a run that has completed, after showing what will be undone, in which order, and what stays (S26, R31). */
export function UndoRunDialog({ runId, definition, onClose, onAsked }: UndoRunDialogProps): ReactElement {
  const toasts = useToasts();
  const [reason, setReason] = useState('');
  const preview = useQuery({
    queryKey: [...keys.run(runId), 'undo'],
    queryFn: ({ signal }) => client.previewUndo({ params: { id: runId } }, { signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const undo = useAction({
    run: () => client.undoRun({ params: { id: runId }, body: { reason: reason.trim() } }),
    invalidates: [keys.run(runId), keys.runs],
    toastProblem: false,
    onDone: () => {
      toasts.show({ title: 'The run is being undone, last effect first.' });
      onAsked();
      onClose();
    },
  });
  const problem = preview.error ?? undo.error;
  const possible = preview.data !== undefined && preview.data.refusal === null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Undo this run?"
      description="The run has completed. Every effect that can be undone is undone, last first; this cannot be taken back."
      actions={
        <>
          <Button onClick={onClose}>{possible ? 'Keep it' : 'Close'}</Button>
          {possible && (
            <Button
              variant="danger"
              busy={undo.isPending}
              onClick={() => {
                undo.mutate(undefined);
              }}
            >
              Undo the run
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {problem !== null && (
          <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
            {problemOf(problem).detail}
          </p>
        )}
        {preview.isPending && <Skeleton className="h-24" />}
        {preview.data !== undefined && <Plan preview={preview.data} definition={definition} />}
        {possible && (
          <Field label="Reason" help="Kept in the journal beside your name.">
            <Input
              maxLength={500}
              value={reason}
              onChange={(event) => {
                setReason(event.target.value);
              }}
            />
          </Field>
        )}
      </div>
    </Dialog>
  );
}

function Plan({
  preview: { refusal, undone, stays },
  definition,
}: {
  readonly preview: UndoPreview;
  readonly definition: SagaDefinition;
}): ReactElement {
  return (
    <>
      {refusal !== null && (
        <p className="rounded-card bg-waiting-tint px-3 py-2 text-13 text-waiting-text">{refusal.message}</p>
      )}
      {undone.length > 0 && (
        <ol
          aria-label="Will be undone"
          className="divide-y divide-dashed divide-undo/40 rounded-card border border-dashed border-undo/60"
        >
          {undone
            .toSorted((a, b) => a.order - b.order)
            .map(({ instance, undo, order }) => (
              <li key={instance} className="flex items-center gap-2 px-3 py-1.5 text-13">
                <span className="tabular flex size-5 shrink-0 items-center justify-center rounded-pill border border-current text-11 font-semibold text-undo-text">
                  {order}
                </span>
                <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                  <span className="font-medium text-undo-text">{undo}</span>{' '}
                  <span className="text-muted">undoes {instanceName(definition, instance)}</span>
                </span>
              </li>
            ))}
        </ol>
      )}
      {stays.length > 0 && (
        <div className="text-13">
          <p className="font-medium">Stays as it is</p>
          <ul className="mt-1 list-disc pl-5 text-muted">
            {stays.map(({ instance, reason }) => (
              <li key={instance}>
                {instanceName(definition, instance)}: {stayWords(reason)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
