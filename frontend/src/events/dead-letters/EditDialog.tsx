import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Json } from '@sagawright/shared/kernel';
import { client, keys, useAction } from '../../api/index.js';
import { parseJson } from '../../runs/parse-object.js';
import { Button, Dialog, Field, Input, Textarea, useToasts } from '../../ui/index.js';
import { ProblemNote } from '../ProblemNote.js';
import { letterKeys } from './queries.js';

export interface EditDialogProps {
  readonly id: string;
  readonly data: Json;
  readonly onClose: () => void;
}

/** Sends a corrected event in the letter's place. */
export function EditDialog({ id, data, onClose }: EditDialogProps): ReactElement {
  const toasts = useToasts();
  const [text, setText] = useState(() => JSON.stringify(data, null, 2));
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const edited = parseJson(text);
  const send = useAction<Json>({
    run: (corrected) => client.editDeadLetter({ params: { id }, body: { data: corrected, note: note.trim() } }),
    invalidates: [letterKeys.all, keys.runs, ['events']],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: 'The edited event is sent' });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="large"
      title="Edit and send"
      description="A new event with this data is sent; the one that came stays as it is, and both name each other."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={send.isPending}
            onClick={() => {
              setTried(true);
              if (edited !== undefined && note.trim() !== '') send.mutate(edited);
            }}
          >
            Send it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <ProblemNote error={send.error} />
        <Field label="Data" error={edited === undefined ? 'This is not valid JSON yet.' : null}>
          <Textarea
            rows={14}
            spellCheck={false}
            className="font-mono text-12"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        </Field>
        <Field
          label="Note"
          required
          help="What was wrong; it stands in the audit log."
          error={tried && note.trim() === '' ? 'Say what you corrected.' : null}
        >
          <Input
            maxLength={2000}
            value={note}
            onChange={(event) => {
              setNote(event.target.value);
            }}
          />
        </Field>
      </div>
    </Dialog>
  );
}
