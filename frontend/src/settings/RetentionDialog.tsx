import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { RunRetention } from '@sagawright/shared/contracts';
import { client, useAction } from '../api/index.js';
import { LoadError } from '../app/Page.js';
import { ProblemNote } from '../forms/ProblemNote.js';
import { Button, Checkbox, Dialog, Skeleton, useToasts } from '../ui/index.js';
import { readRuns, typedRuns } from './retention-days.js';
import { RunFields } from './RetentionFields.js';

export interface RetentionDialogProps {
  readonly workflow: { readonly id: string; readonly name: string };
  readonly onClose: () => void;
}

const FOR_EVER: RunRetention = { completedDays: null, failedDays: null };

/** How long ended runs of one workflow are kept, where that is not as the workspace says. */
export function RetentionDialog({ workflow: { id, name }, onClose }: RetentionDialogProps): ReactElement {
  const queryKey = ['retention', id] as const;
  const kept = useQuery({
    queryKey,
    queryFn: ({ signal }) => client.getWorkflowRetention({ params: { id } }, { signal }),
    gcTime: 0,
  });
  if (kept.data !== undefined) {
    return <RetentionForm id={id} name={name} retention={kept.data.retention} onClose={onClose} />;
  }
  return (
    <Dialog open onOpenChange={onClose} size="small" title={`How long runs of “${name}” are kept`}>
      {kept.isError ? (
        <LoadError error={kept.error} onRetry={() => void kept.refetch()} />
      ) : (
        <Skeleton className="mb-4 h-24" />
      )}
    </Dialog>
  );
}

interface RetentionFormProps {
  readonly id: string;
  readonly name: string;
  readonly retention: RunRetention | null;
  readonly onClose: () => void;
}

function RetentionForm({ id, name, retention, onClose }: RetentionFormProps): ReactElement {
  const toasts = useToasts();
  const [own, setOwn] = useState(retention !== null);
  const [runs, setRuns] = useState(() => typedRuns(retention ?? FOR_EVER));
  const wanted = own ? readRuns(runs) : null;
  const save = useAction({
    run: () => client.setWorkflowRetention({ params: { id }, body: { retention: wanted } }),
    invalidates: [['retention', id]],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: 'Saved' });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="small"
      title={`How long runs of “${name}” are kept`}
      description="What is older is deleted within hours, for good."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant={own ? 'danger' : 'primary'}
            busy={save.isPending}
            disabled={own && wanted === null}
            onClick={() => save.mutate(undefined)}
          >
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <ProblemNote error={save.error} />
        <Checkbox
          checked={!own}
          onChange={(asWorkspace) => {
            setOwn(!asWorkspace);
          }}
          label="As the workspace says"
          help="Settings, How long things are kept."
        />
        {own && <RunFields runs={runs} onChange={setRuns} />}
      </div>
    </Dialog>
  );
}
