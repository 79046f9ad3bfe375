import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { Endpoint } from '@sagawright/shared/contracts';
import { LoadError } from '../../app/Page.js';
import { Badge, CopyButton, Skeleton, Time } from '../../ui/index.js';
import { counted } from '../count.js';
import { Fact, Facts } from '../Fact.js';
import { Deliveries } from './Deliveries.js';
import { EndpointActions } from './EndpointActions.js';
import { endpointQuery } from './queries.js';
import { ENDPOINT_WORDS, typesOf } from './words.js';

export interface EndpointPanelProps {
  readonly id: string;
  /** It was deleted. */
  readonly onGone: () => void;
}

/** One endpoint: how it does, what was sent there, and what can be done with it. */
export function EndpointPanel({ id, onGone }: EndpointPanelProps): ReactElement {
  const endpoint = useQuery(endpointQuery(id));
  if (endpoint.isPending) return <Skeleton className="m-4 h-32" />;
  if (endpoint.isError) return <LoadError error={endpoint.error} onRetry={() => void endpoint.refetch()} />;
  const { data } = endpoint;
  const { word, tone } = ENDPOINT_WORDS[data.status];
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 text-14 font-semibold [overflow-wrap:anywhere]">{data.name}</h2>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <State endpoint={data} />
      <EndpointActions endpoint={data} onGone={onGone} />
      <EndpointFacts endpoint={data} />
      <Deliveries endpointId={id} />
    </div>
  );
}

/** Why nothing is sent at the moment. */
function State({ endpoint }: { readonly endpoint: Endpoint }): ReactElement | null {
  const { status, disabledReason, disabledAt, pausedAt, failures, failingSince, openUntil } = endpoint;
  if (status === 'disabled') {
    return (
      <p role="status" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
        {disabledReason ?? 'It was disabled.'}{' '}
        {disabledAt !== null && (
          <>
            That was <Time at={disabledAt} />.
          </>
        )}{' '}
        Nothing is sent until you enable it.
      </p>
    );
  }
  if (status === 'paused' && pausedAt !== null) {
    return (
      <p role="status" className="rounded-input bg-waiting-tint px-3 py-2 text-13 text-waiting-text">
        Paused <Time at={pausedAt} />. Deliveries are made and wait.
      </p>
    );
  }
  if (failures === 0) return null;
  return (
    <p role="status" className="rounded-input bg-waiting-tint px-3 py-2 text-13 text-waiting-text">
      {counted(failures, 'attempt')} failed in a row
      {failingSince !== null && (
        <>
          , the first <Time at={failingSince} />
        </>
      )}
      .
      {status === 'resting' && openUntil !== null && (
        <>
          {' '}
          It is left alone and asked again <Time at={openUntil} />.
        </>
      )}
    </p>
  );
}

function EndpointFacts({ endpoint }: { readonly endpoint: Endpoint }): ReactElement {
  const { url, filter, headers, perSecond, publicKey, previousUntil, secretSince, pending } = endpoint;
  return (
    <Facts>
      <Fact name="Address">
        <span className="font-mono text-12">{url}</span>
      </Fact>
      <Fact name="Wants">{typesOf(endpoint)}</Fact>
      {filter !== null && (
        <Fact name="Content">
          <code className="font-mono text-12">{typeof filter === 'string' ? filter : JSON.stringify(filter)}</code>
        </Fact>
      )}
      {Object.entries(headers).map(([name, value]) => (
        <Fact key={name} name="Header">
          <code className="font-mono text-12">
            {name}: {value}
          </code>
        </Fact>
      ))}
      {perSecond !== null && <Fact name="Rate">at most {perSecond} a second</Fact>}
      <Fact name="Waiting">{counted(pending, 'delivery', 'deliveries')}</Fact>
      {publicKey !== null && (
        <Fact name="Public key">
          <span className="font-mono text-12">{publicKey}</span>{' '}
          <CopyButton value={publicKey} label="Copy the public key" />
        </Fact>
      )}
      <Fact name="Secret">
        made <Time at={secretSince} />
        {previousUntil !== null && (
          <>
            ; the one before still signs as well, and ends <Time at={previousUntil} />
          </>
        )}
      </Fact>
      <Fact name="Made">
        <Time at={endpoint.createdAt} /> by {endpoint.createdBy}
      </Fact>
    </Facts>
  );
}
