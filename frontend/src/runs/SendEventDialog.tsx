import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import type { AcceptedEvent } from '@sagawright/shared/contracts';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import type { Awaited } from '@sagawright/shared/saga';
import { client, keys, useAction } from '../api/index.js';
import { KnownTypes } from '../events/KnownTypes.js';
import { FormDialog } from '../forms/FormDialog.js';
import { JsonField } from '../forms/JsonField.js';
import { parseJson } from '../forms/parse-json.js';
import { Field, Input, useToasts } from '../ui/index.js';

/** What of an event is filled in. */
export interface EventLike {
  readonly type: string;
  readonly subject: string;
  readonly data: Json;
}

export interface SendEventDialogProps {
  /** The wait that the event is meant for: its type and what it is known by are filled in. */
  readonly awaited?: Extract<Awaited, { kind: 'event' }> | undefined;
  /** An event that this one begins like. */
  readonly like?: EventLike | undefined;
  readonly onSent?: (accepted: AcceptedEvent) => void;
  readonly onClose: () => void;
}

/** Tells an event by hand, as another system would: it wakes the runs that wait for it and starts those that it should. */
export function SendEventDialog({ awaited, like, onSent, onClose }: SendEventDialogProps): ReactElement {
  const toasts = useToasts();
  const known = useId();
  const [filled] = useState(() => like ?? prefilled(awaited));
  const [type, setType] = useState(filled.type);
  const [subject, setSubject] = useState(filled.subject);
  const [text, setText] = useState(() => JSON.stringify(filled.data, null, 2));
  const data = text.trim() === '' ? null : parseJson(text);
  const send = useAction<undefined, AcceptedEvent>({
    run: () =>
      client.sendEvent({
        query: {},
        body: {
          type: type.trim(),
          ...(subject.trim() === '' ? {} : { subject: subject.trim() }),
          ...(data === undefined ? {} : { data }),
        },
      }),
    invalidates: [keys.runs],
    toastProblem: false,
    onDone: (accepted) => {
      toasts.show({ ...effectWords(accepted), title: `“${type.trim()}” is told` });
      onSent?.(accepted);
      onClose();
    },
  });
  return (
    <FormDialog
      title="Send an event"
      description="As if another system had told it. Runs that wait for it go on; workflows that begin with it start."
      submit="Send event"
      busy={send.isPending}
      error={send.error}
      faulty={type.trim() === '' || data === undefined}
      onSubmit={() => {
        send.mutate(undefined);
      }}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <Field
            label="Type"
            required
            error={tried && type.trim() === '' ? 'Say which kind of event it is, like payment.received.' : null}
          >
            <Input
              maxLength={255}
              list={known}
              value={type}
              onChange={(event) => {
                setType(event.target.value);
              }}
            />
          </Field>
          <KnownTypes id={known} />
          <Field label="Subject" help="What the event is about, where the receiver asks for it.">
            <Input
              maxLength={255}
              value={subject}
              onChange={(event) => {
                setSubject(event.target.value);
              }}
            />
          </Field>
          <JsonField label="Data" text={text} onChange={setText} broken={data === undefined} rows={7} />
          {awaited?.filter != null && (
            <p className="text-12 text-muted">
              The wait has a filter:{' '}
              <code className="font-mono [overflow-wrap:anywhere]">{JSON.stringify(awaited.filter)}</code>
            </p>
          )}
        </>
      )}
    </FormDialog>
  );
}

function effectWords({ woken, runs, schema }: AcceptedEvent): {
  readonly tone: 'done' | 'failed' | 'neutral';
  readonly description: string;
} {
  if (schema?.held === true) {
    return { tone: 'failed', description: 'It does not fit its schema and was put aside as a dead letter.' };
  }
  const started = runs.length;
  const parts = [
    woken === 0 ? '' : woken === 1 ? 'One run goes on' : `${String(woken)} runs go on`,
    started === 0 ? '' : started === 1 ? 'one run was started' : `${String(started)} runs were started`,
  ].filter((part) => part !== '');
  return parts.length === 0
    ? { tone: 'neutral', description: 'Nobody waits for it, and nothing begins with it.' }
    : { tone: 'done', description: `${parts.join(', ')}.` };
}

/** An event that the wait would take, as far as can be told: its type, and the value that it is known by. */
function prefilled(awaited: SendEventDialogProps['awaited']): EventLike {
  const type = awaited === undefined || awaited.type === '*' ? '' : awaited.type;
  const { path = '', value = null } = awaited?.correlation ?? {};
  const [root, ...rest] = path.split('.');
  if (root === 'subject') return { type, subject: typeof value === 'string' ? value : JSON.stringify(value), data: {} };
  return { type, subject: '', data: root === 'data' ? nested(rest, value) : {} };
}

function nested([first, ...rest]: readonly string[], value: Json): JsonObject {
  if (first === undefined) return {};
  return { [first]: rest.length === 0 ? value : nested(rest, value) };
}
