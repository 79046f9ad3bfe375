import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Replay } from '@sagawright/shared/contracts';
import { client, useAction, workflowsQuery } from '../../api/index.js';
import { FormDialog } from '../../forms/FormDialog.js';
import { Field, Input, Select, Textarea } from '../../ui/index.js';
import { CONTENT_BROKEN, CONTENT_HELP, CONTENT_HINT, contentOf } from '../content-filter.js';
import { STRETCHES, beginOf } from '../stretch.js';
import type { Stretch } from '../stretch.js';
import { replayKeys } from './queries.js';

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
  const [hours, setHours] = useState<Stretch>('1d');
  const [types, setTypes] = useState('');
  const [content, setContent] = useState('');
  const [note, setNote] = useState('');
  const options = (workflows.data?.pages.flatMap((page) => page.items) ?? []).map(({ id, name }) => ({
    value: id,
    label: name,
  }));
  const chosen = workflow === '' ? (options[0]?.value ?? '') : workflow;
  const filter = contentOf(content);
  const start = useAction<undefined, Replay>({
    run: () => {
      const wanted = types.split(',').map((each) => each.trim());
      const named = wanted.filter((each) => each !== '');
      return client.startReplay({
        body: {
          mode: way === 'live' ? 'live' : 'dry-run',
          from: beginOf(hours),
          filter: { ...(named.length > 0 && { types: named }), ...(filter != null && { content: filter }) },
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
    <FormDialog
      title="New replay"
      description="Goes through stored events in the order in which they came."
      submit={way === 'live' ? 'Start runs again' : 'Start dry run'}
      danger={way === 'live'}
      busy={start.isPending}
      error={start.error}
      faulty={chosen === '' || filter === undefined}
      onSubmit={() => {
        start.mutate(undefined);
      }}
      onClose={onClose}
    >
      {(tried) => (
        <>
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
              placeholder="order.*"
              value={types}
              onChange={(event) => {
                setTypes(event.target.value);
              }}
            />
          </Field>
          <Field label="Content filter" help={CONTENT_HELP} error={filter === undefined ? CONTENT_BROKEN : null}>
            <Textarea
              rows={3}
              spellCheck={false}
              className="font-mono text-12"
              placeholder={CONTENT_HINT}
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
        </>
      )}
    </FormDialog>
  );
}
