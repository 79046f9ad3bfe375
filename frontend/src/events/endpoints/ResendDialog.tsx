import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, useAction } from '../../api/index.js';
import { Button, Dialog, Field, Select, useToasts } from '../../ui/index.js';
import { counted } from '../count.js';
import { ProblemNote } from '../ProblemNote.js';
import { endpointKeys } from './queries.js';

const WHAT = [
  { value: 'failed', label: 'What was given up', description: 'Under the same id, so that nothing is done twice.' },
  {
    value: 'range',
    label: 'Every event that it wants',
    description: 'Also what it has taken before; those come under new ids.',
  },
] as const;

const STRETCHES = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last day' },
  { value: '168', label: 'Last 7 days' },
  { value: '720', label: 'Last 30 days' },
] as const;

const HOUR_MS = 3_600_000;

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
  const [hours, setHours] = useState<(typeof STRETCHES)[number]['value']>('24');
  const resend = useAction<undefined, { count: number }>({
    run: () => {
      const now = Date.now();
      const from = new Date(now - Number(hours) * HOUR_MS).toISOString();
      const body =
        what === 'failed' ? { kind: what, since: from } : { kind: what, from, to: new Date(now).toISOString() };
      return client.resendDeliveries({ params: { id: endpointId }, body });
    },
    invalidates: [endpointKeys.all],
    toastProblem: false,
    onDone: ({ count }) => {
      toasts.show({
        tone: 'done',
        title:
          what === 'failed'
            ? `${counted(count, 'delivery', 'deliveries')} begun anew`
            : `${counted(count, 'event')} looked at again`,
      });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="small"
      title="Send again"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={resend.isPending} onClick={() => resend.mutate(undefined)}>
            Send again
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <ProblemNote error={resend.error} />
        <Field label="What">
          <Select value={what} options={WHAT} onChange={setWhat} />
        </Field>
        <Field label="Of the">
          <Select value={hours} options={STRETCHES} onChange={setHours} />
        </Field>
      </div>
    </Dialog>
  );
}
