import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Endpoint } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { FormDialog } from '../../forms/FormDialog.js';
import { Field, Select } from '../../ui/index.js';
import { endpointKeys } from './queries.js';
import { SecretShown } from './SecretShown.js';
import type { Secret } from './SecretShown.js';

const OVERLAPS = [
  { value: '0', label: 'Not at all', description: 'At once: the one before has become known to somebody.' },
  { value: '1', label: 'For an hour' },
  { value: '24', label: 'For a day' },
  { value: '168', label: 'For a week' },
] as const;

export interface RotateDialogProps {
  readonly endpoint: Endpoint;
  readonly onClose: () => void;
}

/** Makes a new secret; the one before signs as well for a while, so that the receiver can change over. */
export function RotateDialog({ endpoint: { id, name }, onClose }: RotateDialogProps): ReactElement {
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]['value']>('24');
  const rotate = useAction<undefined, Secret>({
    run: () => client.rotateEndpointSecret({ params: { id }, body: { overlapHours: Number(overlap) } }),
    invalidates: [endpointKeys.all],
    toastProblem: false,
  });
  if (rotate.data !== undefined) return <SecretShown made={rotate.data} onClose={onClose} />;
  return (
    <FormDialog
      title={`New secret for “${name}”`}
      description="Deliveries are signed with the new one from now on."
      submit="Make new secret"
      danger
      busy={rotate.isPending}
      error={rotate.error}
      onSubmit={() => {
        rotate.mutate(undefined);
      }}
      onClose={onClose}
    >
      {() => (
        <Field
          label="The one before signs as well"
          help="Give the receiver the new one within this time; until then it can check with either."
        >
          <Select value={overlap} options={OVERLAPS} onChange={setOverlap} />
        </Field>
      )}
    </FormDialog>
  );
}
