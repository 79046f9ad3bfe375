import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import type { EventTypeView } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { FormDialog } from '../../forms/FormDialog.js';
import { Field, Input } from '../../ui/index.js';
import { KnownTypes } from '../KnownTypes.js';
import { typeKeys } from './queries.js';

/** Makes a type known, with the usual rules. */
export function NewTypeDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const navigate = useNavigate();
  const [type, setType] = useState('');
  const known = useId();
  const make = useAction<undefined, EventTypeView>({
    run: () => client.putEventType({ params: { type: type.trim() }, body: {} }),
    invalidates: [typeKeys.all],
    toastProblem: false,
    onDone: (made) => {
      onClose();
      void navigate({ to: '/events/types', search: { type: made.type } });
    },
  });
  return (
    <FormDialog
      size="small"
      title="New type"
      description="Its events are checked as soon as its first version is published."
      submit="Make it known"
      busy={make.isPending}
      error={make.error}
      faulty={type.trim() === ''}
      onSubmit={() => {
        make.mutate(undefined);
      }}
      onClose={onClose}
    >
      {(tried) => (
        <Field
          label="Type"
          required
          help="As it stands in the events: order.placed."
          error={tried && type.trim() === '' ? 'Write the type of the events.' : null}
        >
          <Input
            autoFocus
            maxLength={255}
            list={known}
            value={type}
            onChange={(event) => {
              setType(event.target.value);
            }}
          />
          <KnownTypes id={known} />
        </Field>
      )}
    </FormDialog>
  );
}
