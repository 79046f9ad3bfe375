import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { EventTypeView } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { Button, Dialog, Field, Input } from '../../ui/index.js';
import { ProblemNote } from '../ProblemNote.js';
import { typeKeys } from './queries.js';

/** Makes a type known, with the usual rules. */
export function NewTypeDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const navigate = useNavigate();
  const [type, setType] = useState('');
  const [tried, setTried] = useState(false);
  const make = useAction<undefined, EventTypeView>({
    run: () => client.putEventType({ params: { type: type.trim() }, body: {} }),
    invalidates: [typeKeys.all],
    toastProblem: false,
    onDone: (made) => {
      onClose();
      void navigate({ to: '/events/types', search: { type: made.type } });
    },
  });
  const submit = (): void => {
    setTried(true);
    if (type.trim() !== '') make.mutate(undefined);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="small"
      title="New type"
      description="Its events are checked as soon as its first version is published."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={make.isPending} onClick={submit}>
            Make it known
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3 pb-2"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <ProblemNote error={make.error} />
        <Field
          label="Type"
          required
          help="As it stands in the events: order.placed."
          error={tried && type.trim() === '' ? 'Write the type of the events.' : null}
        >
          <Input
            autoFocus
            maxLength={255}
            value={type}
            onChange={(event) => {
              setType(event.target.value);
            }}
          />
        </Field>
      </form>
    </Dialog>
  );
}
