import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, useAction } from '../../api/index.js';
import { AlertDialog, Field, Input } from '../../ui/index.js';
import { ProblemNote } from '../../forms/ProblemNote.js';
import { letterKeys } from './queries.js';

/** Gives a letter up, with the reason. */
export function DiscardDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }): ReactElement {
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const discard = useAction({
    run: () => client.discardDeadLetter({ params: { id }, body: { note: note.trim() } }),
    invalidates: [letterKeys.all],
    toastProblem: false,
  });
  return (
    <AlertDialog
      open
      onOpenChange={onClose}
      title="Discard this letter?"
      description="Nothing goes on because of it, and it cannot be sent again afterwards. The event itself stays in the store."
      confirm="Discard"
      danger
      onConfirm={async () => {
        setTried(true);
        if (note.trim() === '') throw new Error('a note is missing');
        await discard.mutateAsync(undefined);
      }}
    >
      <div className="flex flex-col gap-3">
        <ProblemNote error={discard.error} />
        <Field label="Note" required error={tried && note.trim() === '' ? 'Say why it is given up.' : null}>
          <Input
            autoFocus
            maxLength={2000}
            value={note}
            onChange={(event) => {
              setNote(event.target.value);
            }}
          />
        </Field>
      </div>
    </AlertDialog>
  );
}
