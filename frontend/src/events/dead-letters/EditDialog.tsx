import { useState } from 'react';
import type { ReactElement } from 'react';
import type { DeadLetter } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { client, keys, useAction } from '../../api/index.js';
import { FormDialog } from '../../forms/FormDialog.js';
import { JsonField } from '../../forms/JsonField.js';
import { parseJson } from '../../forms/parse-json.js';
import { Field, Input, useToasts } from '../../ui/index.js';
import { eventKeys } from '../stored/queries.js';
import { letterKeys } from './queries.js';
import { Faults } from './Faults.js';

export interface EditDialogProps {
  readonly letter: Pick<DeadLetter, 'id' | 'problems'>;
  readonly data: Json;
  readonly onClose: () => void;
}

/** Sends a corrected event in the letter's place. */
export function EditDialog({ letter: { id, problems }, data, onClose }: EditDialogProps): ReactElement {
  const toasts = useToasts();
  const [text, setText] = useState(() => JSON.stringify(data, null, 2));
  const [note, setNote] = useState('');
  const edited = parseJson(text);
  const send = useAction<Json>({
    run: (corrected) => client.editDeadLetter({ params: { id }, body: { data: corrected, note: note.trim() } }),
    invalidates: [letterKeys.all, keys.runs, eventKeys.all],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: 'The edited event is sent' });
      onClose();
    },
  });
  return (
    <FormDialog
      size="large"
      title="Edit and send"
      description="A new event with this data is sent; the one that came stays as it is, and both name each other."
      submit="Send it"
      busy={send.isPending}
      error={send.error}
      faulty={edited === undefined || note.trim() === ''}
      onSubmit={() => {
        if (edited !== undefined) send.mutate(edited);
      }}
      onClose={onClose}
    >
      {(tried) => (
        <>
          {/* What the refusal says is newer. */}
          {send.error === null && <Faults problems={problems} />}
          <JsonField label="Data" text={text} onChange={setText} broken={edited === undefined} rows={14} />
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
        </>
      )}
    </FormDialog>
  );
}
