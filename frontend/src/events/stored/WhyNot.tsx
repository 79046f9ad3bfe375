import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { MatchExplanation, StoredEvent } from '@sagawright/shared/contracts';
import { client, problemOf, workflowQuery, workflowsQuery } from '../../api/index.js';
import { Glyph, Select } from '../../ui/index.js';
import { shown } from '../replays/words.js';

/** Why a live trigger was or was not meant by the event, part by part. */
export function WhyNot({ event }: { readonly event: StoredEvent }): ReactElement | null {
  const workflows = useInfiniteQuery(workflowsQuery(''));
  const [workflow, setWorkflow] = useState('');
  const known = (workflows.data?.pages.flatMap((page) => page.items) ?? []).map(({ id, name }) => ({
    value: id,
    label: name,
  }));
  if (known.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      <Select
        compact
        label="Ask why a workflow was started, or was not"
        value={workflow}
        options={[
          {
            value: '',
            label: event.started.length === 0 ? 'Why? Choose a workflow' : 'Why not another? Choose a workflow',
          },
          ...known,
        ]}
        onChange={setWorkflow}
      />
      {workflow !== '' && <OfWorkflow key={workflow} workflowId={workflow} position={event.position} />}
    </div>
  );
}

function OfWorkflow({
  workflowId,
  position,
}: {
  readonly workflowId: string;
  readonly position: number;
}): ReactElement | null {
  const workflow = useQuery(workflowQuery(workflowId));
  if (workflow.isPending) return null;
  const triggers = Object.values(workflow.data?.publishedGraph?.nodes ?? {}).filter(
    ({ kind }) => kind === 'trigger.event',
  );
  if (triggers.length === 0) {
    return (
      <p className="text-13 text-muted">
        {workflow.data?.publishedGraph == null
          ? 'The workflow is not published, so that nothing starts it.'
          : 'The workflow has no trigger that stored events start.'}
      </p>
    );
  }
  return (
    <>
      {triggers.map(({ id, name }) => (
        <OfTrigger key={id} workflowId={workflowId} nodeId={id} name={name} position={position} />
      ))}
    </>
  );
}

function OfTrigger({
  workflowId,
  nodeId,
  name,
  position,
}: {
  readonly workflowId: string;
  readonly nodeId: string;
  readonly name: string;
  readonly position: number;
}): ReactElement | null {
  const explained = useQuery({
    queryKey: ['events', position, 'explain', workflowId, nodeId],
    queryFn: ({ signal }) => client.explainMatch({ params: { position }, body: { workflowId, nodeId } }, { signal }),
    retry: false,
  });
  if (explained.isPending) return null;
  if (explained.isError) return <p className="text-13 text-muted">{problemOf(explained.error).detail}</p>;
  const { matches, reason, parts } = explained.data;
  // The reason of the first part that fails stands beside it, below.
  const missed = matches ? undefined : parts.find((part) => !part.matches && part.reason === reason);
  return (
    <div className="rounded-card border border-border p-3 text-13">
      <p className="flex items-start gap-2">
        <Mark good={matches} />
        <span className="[overflow-wrap:anywhere]">
          <b className="font-semibold">{name}</b>: {missed === undefined ? reason : `${missed.what} does not match.`}
        </span>
      </p>
      {parts.length > 0 && (
        <ul className="mt-2 flex flex-col gap-1">
          {parts.map((part, index) => (
            <Part key={index} part={part} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Part({ part }: { readonly part: MatchExplanation['parts'][number] }): ReactElement {
  // Values at a path of a pattern come as a list; reasons name a single one as it is.
  const value = shown(Array.isArray(part.found) && part.found.length === 1 ? (part.found[0] ?? null) : part.found);
  return (
    <li className="flex items-start gap-2" style={{ paddingLeft: `${String(Math.min(part.depth, 6) * 12)}px` }}>
      <Mark good={part.matches} />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <code className="font-mono text-12">{part.what}</code>{' '}
        <span className="text-muted">
          {part.reason}
          {!part.reason.includes(value) && ` (found: ${value.slice(0, 200)})`}
        </span>
      </span>
    </li>
  );
}

function Mark({ good }: { readonly good: boolean }): ReactElement {
  return (
    <span className="mt-0.5 shrink-0">
      <Glyph name={good ? 'done' : 'failed'} tone={good ? 'done' : 'failed'} size={14} />
      <span className="sr-only">{good ? 'Matches' : 'Does not match'}</span>
    </span>
  );
}
