import { useState } from 'react';
import type { ReactElement } from 'react';
import type { AcceptedEvent } from '@sagawright/shared/contracts';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import type { Awaited } from '@sagawright/shared/saga';
import { client, keys, problemOf, useAction } from '../api/index.js';
import { Button, Dialog, Field, Input, Textarea, useToasts } from '../ui/index.js';
import { parseJson } from './parse-object.js';

export interface SendEventDialogProps {
  /** The wait that the event is meant for: its type and what it is known by are filled in. */
  readonly awaited?: Extract<Awaited, { kind: 'event' }> | undefined;
  readonly onClose: () => void;
}

/** Tells an event by hand, as another system would: it wakes the runs that wait for it and starts those that it should. */
export function SendEventDialog({ awaited, onClose }: SendEventDialogProps): ReactElement {
  const toasts = useToasts();
  const [filled] = useState(() => prefilled(awaited));
  const [type, setType] = useState(filled.type);
  const [subject, setSubject] = useState(filled.subject);
  const [text, setText] = useState(() => JSON.stringify(filled.data, null, 2));
  const [sent, setSent] = useState(false);
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
    onDone: ({ woken, runs }) => {
      toasts.show({
        tone: woken + runs.length > 0 ? 'done' : 'neutral',
        title: `“${type.trim()}” is told`,
        description: effectWords(woken, runs.length),
      });
      onClose();
    },
  });
  const problem = send.error === null ? null : problemOf(send.error);
  const atField = (path: string): string | null =>
    problem?.fields.find((each) => each.path === path || each.path === `body.${path}`)?.message ?? null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Send an event"
      description="As if another system had told it. Runs that wait for it go on; workflows that begin with it start."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={send.isPending}
            onClick={() => {
              setSent(true);
              if (type.trim() !== '' && data !== undefined) send.mutate(undefined);
            }}
          >
            Send event
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {problem !== null && (
          <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
            {problem.detail}
          </p>
        )}
        <Field
          label="Type"
          required
          error={sent && type.trim() === '' ? 'Say which kind of event it is, like payment.received.' : atField('type')}
        >
          <Input
            maxLength={255}
            value={type}
            onChange={(event) => {
              setType(event.target.value);
            }}
          />
        </Field>
        <Field
          label="Subject"
          help="What the event is about, where the receiver asks for it."
          error={atField('subject')}
        >
          <Input
            maxLength={255}
            value={subject}
            onChange={(event) => {
              setSubject(event.target.value);
            }}
          />
        </Field>
        <Field
          label="Data"
          error={data === undefined ? 'This is not JSON: check commas, quotes and braces.' : atField('data')}
        >
          <Textarea
            rows={7}
            spellCheck={false}
            className="font-mono text-12"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        </Field>
        {awaited?.filter != null && (
          <p className="text-12 text-muted">
            The wait has a filter:{' '}
            <code className="font-mono [overflow-wrap:anywhere]">{JSON.stringify(awaited.filter)}</code>
          </p>
        )}
      </div>
    </Dialog>
  );
}

function effectWords(woken: number, started: number): string {
  const parts = [
    woken === 0 ? '' : woken === 1 ? 'One run goes on' : `${String(woken)} runs go on`,
    started === 0 ? '' : started === 1 ? 'one run was started' : `${String(started)} runs were started`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'Nobody waits for it, and nothing begins with it.' : `${parts.join(', ')}.`;
}

/** An event that the wait would take, as far as can be told: its type, and the value that it is known by. */
function prefilled(awaited: SendEventDialogProps['awaited']): {
  readonly type: string;
  readonly subject: string;
  readonly data: JsonObject;
} {
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
