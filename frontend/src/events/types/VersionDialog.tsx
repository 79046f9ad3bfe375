import { useState } from 'react';
import type { ReactElement } from 'react';
import { schemaReportSchema } from '@sagawright/shared/contracts';
import type { SchemaReport } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { client, problemOf, useAction } from '../../api/index.js';
import { FormDialog } from '../../forms/FormDialog.js';
import { JsonField } from '../../forms/JsonField.js';
import { parseJson } from '../../forms/parse-json.js';
import { Button, Field, Input, Textarea, useToasts } from '../../ui/index.js';
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
  const written = (set: (text: string) => void) => (next: string) => {
    set(next);
    setReport(null);
    publish.reset();
  };
  return (
    <FormDialog
      size="large"
      title={`Version ${String(number)} of ${type}`}
      submit={forcing ? 'Publish anyway' : 'Publish'}
      danger={forcing}
      busy={publish.isPending}
      error={check.error ?? publish.error}
      faulty={candidate === null || (forcing && note.trim() === '')}
      onSubmit={() => {
        if (candidate !== null) publish.mutate({ ...candidate, force: forcing });
      }}
      onClose={onClose}
      besides={
        <Button
          busy={check.isPending}
          onClick={() => {
            if (candidate !== null) check.mutate(candidate);
          }}
        >
          Check
        </Button>
      }
    >
      {(tried) => (
        <>
          <JsonField
            label="JSON Schema of the data"
            text={text}
            onChange={written(setText)}
            broken={candidate === null}
            rows={14}
          />
          {number > 1 && (
            <>
              <CastField
                label={`From version ${String(number - 1)} to this one`}
                help="JSONata over data, type, id, source, subject, time and headers that gives data of this version. Empty = the data fits as it is."
                hint='{ "amount": data.total }'
                text={upcast}
                onChange={written(setUpcast)}
              />
              <CastField
                label={`From this one back to version ${String(number - 1)}`}
                help="For workflows that still ask for the version before."
                hint='{ "total": data.amount }'
                text={downcast}
                onChange={written(setDowncast)}
              />
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
        </>
      )}
    </FormDialog>
  );
}

interface CastFieldProps {
  readonly label: string;
  readonly help: string;
  readonly hint: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

function CastField({ label, help, hint, text, onChange }: CastFieldProps): ReactElement {
  return (
    <Field label={label} help={help}>
      <Textarea
        rows={3}
        spellCheck={false}
        className="font-mono text-12"
        placeholder={hint}
        value={text}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </Field>
  );
}

function cast(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
