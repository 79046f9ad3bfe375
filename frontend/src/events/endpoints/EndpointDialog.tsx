import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Endpoint } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { FormDialog } from '../../forms/FormDialog.js';
import { Field, Select, useToasts } from '../../ui/index.js';
import { EndpointFields } from './EndpointFields.js';
import { endpointKeys } from './queries.js';
import { SecretShown } from './SecretShown.js';
import type { Secret } from './SecretShown.js';
import { BLANK, faultsOf, settingsOf, typedOf } from './settings.js';

const SIGNATURES = [
  { value: 'v1', label: 'A secret that both know', description: 'HMAC, which every webhook library checks.' },
  { value: 'v1a', label: 'A key pair', description: 'Ed25519: the receiver holds the public key only.' },
] as const;

export interface EndpointDialogProps {
  /** What is changed; null = a new one is made. */
  readonly endpoint: Endpoint | null;
  readonly onClose: () => void;
  readonly onMade?: (id: string) => void;
}

/** Makes an endpoint, and shows its secret once; or changes one. */
export function EndpointDialog({ endpoint, onClose, onMade }: EndpointDialogProps): ReactElement {
  const toasts = useToasts();
  const [typed, setTyped] = useState(() => (endpoint === null ? BLANK : typedOf(endpoint)));
  const [signature, setSignature] = useState<Endpoint['signature']>('v1');
  const faults = faultsOf(typed);
  const save = useAction<undefined, Secret | null>({
    run: async () => {
      const body = settingsOf(typed);
      if (endpoint === null) return client.createEndpoint({ body: { ...body, signature } });
      await client.changeEndpoint({ params: { id: endpoint.id }, body });
      return null;
    },
    invalidates: [endpointKeys.all],
    toastProblem: false,
    onDone: (made) => {
      if (made !== null) return;
      toasts.show({ tone: 'done', title: 'The endpoint is changed' });
      onClose();
    },
  });
  if (save.data != null) {
    const { id } = save.data.endpoint;
    return (
      <SecretShown
        made={save.data}
        onClose={() => {
          onClose();
          onMade?.(id);
        }}
      />
    );
  }
  return (
    <FormDialog
      title={endpoint === null ? 'New endpoint' : 'Change endpoint'}
      description="Events of the workspace are sent there as signed webhooks, again and again until they are taken."
      submit={endpoint === null ? 'Make endpoint' : 'Save'}
      busy={save.isPending}
      error={save.error}
      faulty={Object.keys(faults).length > 0}
      onSubmit={() => {
        save.mutate(undefined);
      }}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <EndpointFields typed={typed} faults={tried ? faults : {}} onChange={setTyped} />
          {endpoint === null && (
            <Field label="Signed with" help="It stays so; another signature is another endpoint.">
              <Select value={signature} options={SIGNATURES} onChange={setSignature} />
            </Field>
          )}
        </>
      )}
    </FormDialog>
  );
}
