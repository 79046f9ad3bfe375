import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { StoredEvent } from '@sagawright/shared/contracts';
import { LoadError } from '../../app/Page.js';
import { CopyButton, JsonView, Skeleton, StatusBadge, Time } from '../../ui/index.js';
import { Fact, Facts } from '../Fact.js';
import { Part } from '../Part.js';
import { eventQuery } from './queries.js';
import { WhyNot } from './WhyNot.js';

/** One stored event: what it said, how it was let in, and what it brought about. */
export function EventPanel({ position }: { readonly position: number }): ReactElement {
  const event = useQuery(eventQuery(position));
  if (event.isPending) return <Skeleton className="m-4 h-32" />;
  if (event.isError) return <LoadError error={event.error} onRetry={() => void event.refetch()} />;
  const { data } = event;
  return (
    <div className="flex flex-col gap-4 p-4">
      <h2 className="text-14 font-semibold [overflow-wrap:anywhere]">{data.type}</h2>
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
