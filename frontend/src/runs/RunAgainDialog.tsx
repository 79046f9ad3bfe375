import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Json } from '@sagawright/shared/kernel';
import type { Run } from '@sagawright/shared/contracts';
import { client, keys, useAction, workflowQuery } from '../api/index.js';
import { FormDialog } from '../forms/FormDialog.js';
import { JsonField } from '../forms/JsonField.js';
import { parseJson } from '../forms/parse-json.js';

export interface RunAgainDialogProps {
  readonly run: Run;
  readonly onClose: () => void;
}

/** A new run with the same event data, or with data changed first (R29). It takes the version that is live now. */
export function RunAgainDialog({ run, onClose }: RunAgainDialogProps): ReactElement {
  const navigate = useNavigate();
  const workflow = useQuery(workflowQuery(run.workflowId));
  const [original] = useState(() => JSON.stringify(run.event.data, null, 2));
  const [text, setText] = useState(original);
  const data = parseJson(text);
  const again = useAction<Json, { readonly runId: string }>({
    run: (event) =>
      client.startRun({ params: { id: run.workflowId }, headers: {}, body: { trigger: triggerId(run), data: event } }),
    invalidates: [keys.runs],
    toastProblem: false,
    onDone: ({ runId }) => {
      onClose();
      void navigate({ to: '/runs/$runId', params: { runId } });
    },
  });
  const live = workflow.data?.published?.number ?? null;
  return (
    <FormDialog
      title="Run again"
      description={
        live === null || live === run.version
          ? 'A new run of the same version with this data. Its steps really take effect.'
          : `A new run of version ${String(live)}, which is live now; this run was version ${String(run.version)}.`
      }
      submit={text === original ? 'Run with the same data' : 'Run with this data'}
      busy={again.isPending}
      error={again.error}
      faulty={data === undefined}
      onSubmit={() => {
        if (data !== undefined) again.mutate(data);
      }}
      onClose={onClose}
    >
      {() => (
        <JsonField
          label="Event data"
          text={text}
          onChange={setText}
          broken={data === undefined}
          rows={Math.min(14, Math.max(5, text.split('\n').length + 1))}
        />
      )}
    </FormDialog>
  );
}

/** Runs are listed with the name of their trigger; starting one takes its id. */
function triggerId(run: Run): string {
  const { triggers } = run.definition;
  return (
    Object.values(triggers).find((each) => each.id === run.trigger || each.name === run.trigger)?.id ?? run.trigger
  );
}
