import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Json } from '@sagawright/shared/kernel';
import type { Run } from '@sagawright/shared/contracts';
import { client, keys, problemOf, useAction, workflowQuery } from '../api/index.js';
import { Button, Dialog, Field, Textarea } from '../ui/index.js';
import { parseJson } from './parse-object.js';

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
  const submit = (): void => {
    if (data !== undefined) again.mutate(data);
  };
  const live = workflow.data?.published?.number ?? null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Run again"
      description={
        live === null || live === run.version
          ? 'A new run of the same version with this data. Its steps really take effect.'
          : `A new run of version ${String(live)}, which is live now; this run was version ${String(run.version)}.`
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={again.isPending} disabled={data === undefined} onClick={submit}>
            {text === original ? 'Run with the same data' : 'Run with this data'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {again.error !== null && (
          <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
            {problemOf(again.error).detail}
          </p>
        )}
        <Field
          label="Event data"
          error={data === undefined ? 'This is not JSON: check commas, quotes and braces.' : null}
        >
          <Textarea
            rows={Math.min(14, Math.max(5, text.split('\n').length + 1))}
            spellCheck={false}
            className="font-mono text-12"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        </Field>
      </div>
    </Dialog>
  );
}

/** Runs are listed with the name of their trigger; starting one takes its id. */
function triggerId(run: Run): string {
  const { triggers } = run.definition;
  return (
    Object.values(triggers).find((each) => each.id === run.trigger || each.name === run.trigger)?.id ?? run.trigger
  );
}
