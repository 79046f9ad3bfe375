import { useState } from 'react';
import type { ReactElement } from 'react';
import { schemaReportSchema } from '@sagawright/shared/contracts';
import type { SchemaReport } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { client, problemOf, useAction } from '../../api/index.js';
import { parseJson } from '../../runs/parse-object.js';
import { Button, Dialog, Field, Input, Textarea, useToasts } from '../../ui/index.js';
import { ProblemNote } from '../ProblemNote.js';
import { typeKeys } from './queries.js';
import { Report } from './Report.js';

export interface VersionDialogProps {
  readonly type: string;
  /** The number that it will have. */
  readonly number: number;
  readonly start: Json;
  readonly onClose: () => void;
}

interface Candidate {
  readonly schema: Json;
  readonly upcast: string | null;
  readonly downcast: string | null;
}

/** Writes a new version of a schema: checked as often as one likes, and published at the end. */
export function VersionDialog({ type, number, start, onClose }: VersionDialogProps): ReactElement {
  const toasts = useToasts();
  const [text, setText] = useState(() => JSON.stringify(start, null, 2));
  const [upcast, setUpcast] = useState('');
  const [downcast, setDowncast] = useState('');
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const [report, setReport] = useState<SchemaReport | null>(null);
  const schema = parseJson(text);
  const candidate: Candidate | null =
    schema === undefined ? null : { schema, upcast: cast(upcast), downcast: cast(downcast) };
  const params = { type };
  const check = useAction<Candidate, SchemaReport>({
    run: (body) => client.checkSchema({ params, body }),
    toastProblem: false,
    onDone: setReport,
  });
  const publish = useAction<Candidate & { readonly force: boolean }>({
    run: (body) => client.publishSchema({ params, body: { ...body, note: note.trim() } }),
    invalidates: [typeKeys.all],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: `Version ${String(number)} is published` });
      onClose();
    },
  });
  // The refusal carries the same report as the check; whatever is written afterwards was not looked at.
  const refused = publish.error === null ? null : schemaReportSchema.safeParse(problemOf(publish.error).context);
  const found = report ?? (refused?.success === true ? refused.data : null);
  const forcing = found !== null && found.invalid === null && !found.publishable;
  const written = (set: (text: string) => void) => (event: { readonly target: { readonly value: string } }) => {
    set(event.target.value);
    setReport(null);
    publish.reset();
  };
  const send = (): void => {
    setTried(true);
    if (candidate !== null && (!forcing || note.trim() !== '')) publish.mutate({ ...candidate, force: forcing });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="large"
      title={`Version ${String(number)} of ${type}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            busy={check.isPending}
            onClick={() => {
              if (candidate !== null) check.mutate(candidate);
            }}
          >
            Check
          </Button>
          <Button variant={forcing ? 'danger' : 'primary'} busy={publish.isPending} onClick={send}>
            {forcing ? 'Publish anyway' : 'Publish'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <ProblemNote error={check.error ?? publish.error} />
        <Field label="JSON Schema of the data" error={candidate === null ? 'This is not valid JSON yet.' : null}>
          <Textarea
            rows={14}
            spellCheck={false}
            className="font-mono text-12"
            value={text}
            onChange={written(setText)}
          />
        </Field>
        {number > 1 && (
          <>
            <Field
              label={`From version ${String(number - 1)} to this one`}
              help="JSONata over data, type, id, source, subject, time and headers that gives data of this version. Empty = the data fits as it is."
            >
              <Textarea
                rows={3}
                spellCheck={false}
                className="font-mono text-12"
                value={upcast}
                onChange={written(setUpcast)}
              />
            </Field>
            <Field
              label={`From this one back to version ${String(number - 1)}`}
              help="For workflows that still ask for the version before."
            >
              <Textarea
                rows={3}
                spellCheck={false}
                className="font-mono text-12"
                value={downcast}
                onChange={written(setDowncast)}
              />
            </Field>
          </>
        )}
        {found !== null && <Report report={found} />}
        <Field
          label="Note"
          required={forcing}
          help={forcing ? 'Why it is published in spite of this; it stands in the audit log.' : 'What has changed.'}
          error={forcing && tried && note.trim() === '' ? 'Say why this is forced.' : null}
        >
          <Input
            maxLength={2000}
            value={note}
            onChange={(event) => {
              setNote(event.target.value);
            }}
          />
        </Field>
      </div>
    </Dialog>
  );
}

function cast(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
