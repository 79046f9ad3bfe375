import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Endpoint } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { AlertDialog, Button, IconButton, Menu, useToasts } from '../../ui/index.js';
import { EndpointDialog } from './EndpointDialog.js';
import { endpointKeys } from './queries.js';
import { ResendDialog } from './ResendDialog.js';
import { RotateDialog } from './RotateDialog.js';

type Change = 'pauseEndpoint' | 'resumeEndpoint' | 'enableEndpoint';
type Asking = 'edit' | 'rotate' | 'resend' | 'delete';

/** What leads out of each state at once. */
const WAY_OUT: Record<Endpoint['status'], { readonly call: Change; readonly label: string }> = {
  live: { call: 'pauseEndpoint', label: 'Pause' },
  resting: { call: 'pauseEndpoint', label: 'Pause' },
  paused: { call: 'resumeEndpoint', label: 'Resume' },
  disabled: { call: 'enableEndpoint', label: 'Enable' },
};

export interface EndpointActionsProps {
  readonly endpoint: Endpoint;
  readonly onGone: () => void;
}

export function EndpointActions({ endpoint, onGone }: EndpointActionsProps): ReactElement {
  const { id, name, status } = endpoint;
  const toasts = useToasts();
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = (): void => {
    setAsking(null);
  };
  const change = useAction<Change>({
    run: (what) => client[what]({ params: { id } }),
    invalidates: [endpointKeys.all],
  });
  const test = useAction({
    run: () => client.testEndpoint({ params: { id } }),
    invalidates: [endpointKeys.all],
    onDone: () => {
      toasts.show({
        tone: 'done',
        title: 'A test event is on its way',
        description: 'What becomes of it stands under Deliveries.',
      });
    },
  });
  const remove = useAction({
    run: () => client.deleteEndpoint({ params: { id } }),
    invalidates: [endpointKeys.all],
    onDone: onGone,
  });
  const wayOut = WAY_OUT[status];
  const entry = (what: Asking, label: string, danger = false) => ({
    id: what,
    label,
    danger,
    onSelect: () => {
      setAsking(what);
    },
  });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button size="compact" busy={change.isPending} onClick={() => change.mutate(wayOut.call)}>
        {wayOut.label}
      </Button>
      <Button size="compact" busy={test.isPending} onClick={() => test.mutate(undefined)}>
        Send test event
      </Button>
      <Button
        size="compact"
        onClick={() => {
          setAsking('edit');
        }}
      >
        Change…
      </Button>
      <Menu
        entries={[
          entry('resend', 'Send again…'),
          entry('rotate', 'New secret…'),
          { kind: 'separator', id: 'line' },
          entry('delete', 'Delete…', true),
        ]}
        trigger={
          <IconButton label={`More for ${name}`}>
            <Ellipsis size={16} aria-hidden="true" />
          </IconButton>
        }
      />
      {asking === 'edit' && <EndpointDialog endpoint={endpoint} onClose={close} />}
      {asking === 'rotate' && <RotateDialog endpoint={endpoint} onClose={close} />}
      {asking === 'resend' && <ResendDialog endpointId={id} onClose={close} />}
      <AlertDialog
        open={asking === 'delete'}
        onOpenChange={close}
        title={`Delete “${name}”?`}
        description="Nothing is sent there any more, and the log of what was sent is deleted as well. This cannot be taken back."
        confirm="Delete"
        danger
        onConfirm={async () => {
          await remove.mutateAsync(undefined);
        }}
      />
    </div>
  );
}
