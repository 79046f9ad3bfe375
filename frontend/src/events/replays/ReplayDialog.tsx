import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Replay } from '@sagawright/shared/contracts';
import type { JsonObject } from '@sagawright/shared/kernel';
import { client, useAction, workflowsQuery } from '../../api/index.js';
import { Button, Dialog, Field, Input, Select, Textarea } from '../../ui/index.js';
import { parseJson } from '../../runs/parse-object.js';
import { ProblemNote } from '../ProblemNote.js';
import { replayKeys } from './queries.js';

const STRETCHES = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last day' },
  { value: '168', label: 'Last 7 days' },
  { value: '720', label: 'Last 30 days' },
] as const;

const HOUR_MS = 3_600_000;

/** What kind of replay: nobody is called by a dry run, and only published versions are run for real. */
const WAYS = [
  {
    value: 'draft',
    label: 'Dry run of the draft',
    description: 'Nobody is called. Shows what your changes decide otherwise.',
  },
  { value: 'published', label: 'Dry run of the published version', description: 'Nobody is called.' },
  {
    value: 'live',
    label: 'Replay for real',
    description: 'Starts runs of the published version. They call whom they call.',
  },
] as const;

type Way = (typeof WAYS)[number]['value'];

/** Asks for a replay. */
export function ReplayDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const navigate = useNavigate();
  const workflows = useInfiniteQuery(workflowsQuery(''));
  const [workflow, setWorkflow] = useState('');
  const [way, setWay] = useState<Way>('draft');
  const [hours, setHours] = useState<(typeof STRETCHES)[number]['value']>('24');
  const [types, setTypes] = useState('');
  const [content, setContent] = useState('');
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const options = (workflows.data?.pages.flatMap((page) => page.items) ?? []).map(({ id, name }) => ({
    value: id,
    label: name,
  }));
  const chosen = workflow === '' ? (options[0]?.value ?? '') : workflow;
  const start = useAction<undefined, Replay>({
    run: () => {
      const wanted = types.split(',').map((each) => each.trim());
      const named = wanted.filter((each) => each !== '');
      const filter = {
        ...(named.length > 0 && { types: named }),
        ...(content.trim() !== '' && { content: contentOf(content) }),
      };
      return client.startReplay({
        body: {
          mode: way === 'live' ? 'live' : 'dry-run',
          from: new Date(Date.now() - Number(hours) * HOUR_MS).toISOString(),
          filter,
          workflows: [{ workflowId: chosen, version: way === 'draft' ? 'draft' : 'published' }],
          note,
        },
      });
    },
    invalidates: [replayKeys.all],
    toastProblem: false,
    onDone: ({ id }) => {
      onClose();
      void navigate({ to: '/events/replays', search: { replay: id } });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New replay"
      description="Goes through stored events in the order in which they came."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant={way === 'live' ? 'danger' : 'primary'}
            busy={start.isPending}
            onClick={() => {
              setTried(true);
              if (chosen !== '') start.mutate(undefined);
            }}
          >
            {way === 'live' ? 'Start runs again' : 'Start dry run'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <ProblemNote error={start.error} />
        <Field label="Workflow" error={tried && chosen === '' ? 'There is no workflow yet; draw one first.' : null}>
          <Select label="Workflow" value={chosen} options={options} onChange={setWorkflow} />
        </Field>
        <Field label="What happens">
          <Select label="What happens" value={way} options={WAYS} onChange={setWay} />
        </Field>
        <Field label="Events recorded in the">
          <Select label="Events recorded in the" value={hours} options={STRETCHES} onChange={setHours} />
        </Field>
        <Field label="Types" help="Separated by commas; order.* takes all that begin with order. Empty = every type.">
          <Input
            value={types}
            onChange={(event) => {
              setTypes(event.target.value);
            }}
          />
        </Field>
        <Field label="Content filter" help="A pattern as JSON, or a CESQL expression. Empty = every content.">
          <Textarea
            rows={3}
            spellCheck={false}
            className="font-mono text-12"
            value={content}
            onChange={(event) => {
              setContent(event.target.value);
            }}
          />
        </Field>
        <Field label="Note" help="Why; for whoever looks at it later.">
          <Input
            maxLength={500}
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

/** JSON that is an object is a pattern; anything else is taken as CESQL. */
function contentOf(text: string): JsonObject | string {
  const value = text.trim().startsWith('{') ? parseJson(text) : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : text.trim();
}
