import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, useAction } from '../../api/index.js';
import { FormDialog } from '../../forms/FormDialog.js';
import { Field, Select, useToasts } from '../../ui/index.js';
import { counted } from '../count.js';
import { STRETCHES, beginOf } from '../stretch.js';
import type { Stretch } from '../stretch.js';
import { endpointKeys } from './queries.js';

const WHAT = [
  { value: 'failed', label: 'What was given up', description: 'Under the same id, so that nothing is done twice.' },
  {
    value: 'range',
    label: 'Every event that it wants',
    description: 'Also what it has taken before; those come under new ids.',
  },
] as const;

/** Sends again what an endpoint has missed. */
export function ResendDialog({
  endpointId,
  onClose,
}: {
  readonly endpointId: string;
  readonly onClose: () => void;
}): ReactElement {
  const toasts = useToasts();
  const [what, setWhat] = useState<(typeof WHAT)[number]['value']>('failed');
  const [hours, setHours] = useState<Stretch>('1d');
  const resend = useAction<undefined, { count: number }>({
    run: () => {
      const from = beginOf(hours);
      const body = what === 'failed' ? { kind: what, since: from } : { kind: what, from, to: new Date().toISOString() };
      return client.resendDeliveries({ params: { id: endpointId }, body });
    },
    invalidates: [endpointKeys.all],
    toastProblem: false,
    onDone: ({ count }) => {
      if (count === 0) toasts.show({ title: what === 'failed' ? 'Nothing was given up then' : 'No event came then' });
      else if (what === 'failed') {
        toasts.show({ tone: 'done', title: `${counted(count, 'delivery', 'deliveries')} begun anew` });
      } else toasts.show({ tone: 'done', title: `${counted(count, 'event')} looked at again` });
      onClose();
    },
  });
  return (
    <FormDialog
      size="small"
      title="Send again"
      submit="Send again"
      busy={resend.isPending}
      error={resend.error}
      onSubmit={() => {
        resend.mutate(undefined);
      }}
      onClose={onClose}
    >
      {() => (
        <>
          <Field label="What">
            <Select value={what} options={WHAT} onChange={setWhat} />
          </Field>
          <Field label="Of the">
            <Select value={hours} options={STRETCHES} onChange={setHours} />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
