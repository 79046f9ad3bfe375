import { Ban, CircleSlash, EllipsisVertical, RotateCcw, Send, Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Run } from '@sagawright/shared/contracts';
import { cancelRefusal } from '@sagawright/shared/saga';
import type { RunState, SagaDefinition } from '@sagawright/shared/saga';
import { client, keys, useAction } from '../api/index.js';
import { AlertDialog, Button, Field, IconButton, Input, Menu, useToasts } from '../ui/index.js';
import type { MenuEntry } from '../ui/index.js';
import { RunAgainDialog } from './RunAgainDialog.js';
import { SendEventDialog } from './SendEventDialog.js';
import { TerminateDialog } from './TerminateDialog.js';
import { UndoRunDialog } from './UndoRunDialog.js';

export interface RunActionsProps {
  readonly run: Run;
  readonly definition: SagaDefinition;
  /** null until the journal has been read. */
  readonly state: RunState | null;
  readonly ended: boolean;
  /** The ended run has been asked to undo: it will go on. */
  readonly onGoesOn: () => void;
}

type Question = 'cancel' | 'terminate' | 'undo' | 'again' | 'event';

/** What can be done with the run as a whole (R29, R30). */
export function RunActions({ run, definition, state, ended, onGoesOn }: RunActionsProps): ReactElement {
  const [question, setQuestion] = useState<Question | null>(null);
  const ask = (next: Question) => (): void => {
    setQuestion(next);
  };
  const close = (): void => {
    setQuestion(null);
  };
  const undoable = state?.endedAt != null && state.status === 'completed';
  const more: MenuEntry[] = [
    { id: 'event', label: 'Send an event…', icon: <Send size={14} aria-hidden="true" />, onSelect: ask('event') },
    ...(ended
      ? []
      : [
          { kind: 'separator' as const, id: 'line' },
          {
            id: 'terminate',
            label: 'Terminate without undo…',
            icon: <CircleSlash size={14} aria-hidden="true" />,
            danger: true,
            onSelect: ask('terminate'),
          },
        ]),
  ];
  return (
    <>
      {!ended && (
        <Button variant="danger" onClick={ask('cancel')}>
          <Ban size={14} aria-hidden="true" />
          <span className="max-sm:sr-only">Cancel run</span>
        </Button>
      )}
      {undoable && (
        <Button variant="danger" onClick={ask('undo')}>
          <Undo2 size={14} aria-hidden="true" />
          <span className="max-sm:sr-only">Undo run</span>
        </Button>
      )}
      <Button onClick={ask('again')}>
        <RotateCcw size={14} aria-hidden="true" />
        <span className="max-sm:sr-only">Run again</span>
      </Button>
      <Menu
        entries={more}
        trigger={
          <IconButton label="More" size="regular">
            <EllipsisVertical size={16} aria-hidden="true" />
          </IconButton>
        }
      />
      {question === 'again' && <RunAgainDialog run={run} onClose={close} />}
      {question === 'event' && <SendEventDialog onClose={close} />}
      {question === 'undo' && (
        <UndoRunDialog runId={run.id} definition={definition} onClose={close} onAsked={onGoesOn} />
      )}
      {question === 'terminate' && !ended && (
        <TerminateDialog runId={run.id} definition={definition} state={state} onClose={close} />
      )}
      {/* A run that ends behind the question has answered it. */}
      {question === 'cancel' && !ended && (
        <CancelDialog
          runId={run.id}
          refusal={state === null ? null : (cancelRefusal(definition, state)?.message ?? null)}
          onClose={close}
        />
      )}
    </>
  );
}

interface CancelDialogProps {
  readonly runId: string;
  /** Why it cannot be cancelled; null when it can. */
  readonly refusal: string | null;
  readonly onClose: () => void;
}

function CancelDialog({ runId, refusal, onClose }: CancelDialogProps): ReactElement {
  const toasts = useToasts();
  const [reason, setReason] = useState('');
  const cancel = useAction({
    run: () => client.cancelRun({ params: { id: runId }, body: { reason: reason.trim() } }),
    invalidates: [keys.run(runId)],
    onDone: () => {
      toasts.show({ title: 'Cancel asked for. What was done is being undone.' });
    },
  });
  if (refusal !== null) {
    return (
      <AlertDialog
        open
        onOpenChange={onClose}
        title="This run cannot be cancelled"
        description={refusal}
        confirm="Understood"
        dismiss="Close"
        onConfirm={onClose}
      />
    );
  }
  return (
    <AlertDialog
      open
      onOpenChange={onClose}
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
  );
}
