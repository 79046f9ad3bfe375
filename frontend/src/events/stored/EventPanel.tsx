import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { z } from 'zod';
import type { StoredEvent } from '@sagawright/shared/contracts';
import { LoadError } from '../../app/Page.js';
import { Badge, Button, CopyButton, JsonView, Skeleton, StatusBadge, Time } from '../../ui/index.js';
import { Faults } from '../dead-letters/Faults.js';
import { KIND_WORDS, STATUS_WORDS } from '../dead-letters/words.js';
import { Fact, Facts } from '../Fact.js';
import { Part } from '../Part.js';
import { eventQuery, lettersOfQuery } from './queries.js';
import { WhyNot } from './WhyNot.js';

/** What the receipt keeps of the check against the schema of the type. */
const judgedSchema = z.object({
  schema: z.object({ problems: z.array(z.object({ path: z.string(), message: z.string() })).default([]) }),
});

export interface EventPanelProps {
  readonly position: number;
  /** Another event is to be sent that begins like this one. */
  readonly onLike: (event: StoredEvent) => void;
}

/** One stored event: what it said, how it was let in, and what it brought about. */
export function EventPanel({ position, onLike }: EventPanelProps): ReactElement {
  const event = useQuery(eventQuery(position));
  if (event.isPending) return <Skeleton className="m-4 h-32" />;
  if (event.isError) return <LoadError error={event.error} onRetry={() => void event.refetch()} />;
  const { data } = event;
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="min-w-0 text-14 font-semibold [overflow-wrap:anywhere]">{data.type}</h2>
        <Button
          size="compact"
          onClick={() => {
            onLike(data);
          }}
        >
          Send one like it…
        </Button>
      </div>
      <Held event={data} />
      <Facts>
        <Fact name="Id">
          <span className="font-mono text-12">{data.id}</span> <CopyButton value={data.id} label="Copy the id" />
        </Fact>
        <Fact name="Source">{data.source}</Fact>
        {data.subject !== null && <Fact name="Subject">{data.subject}</Fact>}
        <Fact name="Happened">
          <Time at={data.time} />
        </Fact>
        <Fact name="Stored">
          <Time at={data.recordedAt} />, position <span className="font-mono text-12">{data.position}</span>
        </Fact>
        <Fact name="Body">
          {data.contentType}, {data.bytes} bytes
        </Fact>
      </Facts>
      <Part title={data.started.length === 0 ? 'Started nothing' : 'Started'}>
        <Started event={data} />
        <WhyNot event={data} />
      </Part>
      <Part title="Data">
        <JsonView value={data.data} path="trigger.data" label="Event data" openLevels={3} />
      </Part>
      {Object.keys(data.headers).length > 0 && (
        <Part title="Headers">
          <JsonView value={data.headers} path="trigger.headers" label="Event headers" />
        </Part>
      )}
      {data.receipt !== null && (
        <Part title="Admission receipt">
          <JsonView value={data.receipt} label="Admission receipt" />
        </Part>
      )}
    </div>
  );
}

/** That it was put aside, or does not fit its schema, and where one goes on from there. */
function Held({ event }: { readonly event: StoredEvent }): ReactElement | null {
  const letters = useQuery(lettersOfQuery(event));
  const { data: found = [] } = letters;
  const judged = judgedSchema.safeParse(event.receipt);
  const problems = judged.data?.schema.problems ?? [];
  if (found.length === 0 && problems.length === 0) return null;
  return (
    <Part title={found.length === 0 ? 'Does not fit its schema' : 'Put aside'}>
      {found.map(({ id, kind, status, message }) => (
        <div key={id} className="flex flex-col gap-1 text-13">
          <p className="flex flex-wrap items-center gap-2">
            <Badge tone={STATUS_WORDS[status].tone}>{STATUS_WORDS[status].word}</Badge>
            <Link
              to="/events/dead-letters"
              search={{ letter: id, status: status === 'open' ? undefined : 'all' }}
              className="text-accent hover:underline"
            >
              Dead letter: {KIND_WORDS[kind].toLowerCase()}
            </Link>
          </p>
          <p className="text-muted [overflow-wrap:anywhere]">{message}</p>
        </div>
      ))}
      {found.length === 0 && <Faults problems={problems} />}
    </Part>
  );
}

function Started({ event }: { readonly event: StoredEvent }): ReactElement | null {
  if (event.started.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1.5">
      {event.started.map(({ runId, workflowName, status }) => (
        <li key={runId} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-13">
          <StatusBadge run={status} />
          <Link to="/runs/$runId" params={{ runId }} className="min-w-0 truncate text-accent hover:underline">
            {workflowName} <span className="font-mono text-12">{runId.slice(-8)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
