import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { DeadLetter } from '@sagawright/shared/contracts';
import { client, keys, useAction } from '../../api/index.js';
import { LoadError } from '../../app/Page.js';
import { Badge, Button, CopyButton, JsonView, Skeleton, Time, useToasts } from '../../ui/index.js';
import { counted } from '../count.js';
import { Fact, Facts } from '../Fact.js';
import { Part } from '../Part.js';
import { DiscardDialog } from './DiscardDialog.js';
import { EditDialog } from './EditDialog.js';
import { Faults } from './Faults.js';
import { letterKeys, letterQuery } from './queries.js';
import { KIND_WORDS, STATUS_WORDS } from './words.js';

/** One dead letter: what it is, why it did not go on, and the ways out. */
export function LetterPanel({ id }: { readonly id: string }): ReactElement {
  const letter = useQuery(letterQuery(id));
  const queries = useQueryClient();
  const toasts = useToasts();
  const [asking, setAsking] = useState<'edit' | 'discard' | null>(null);
  const send = useAction<undefined, DeadLetter>({
    run: () => client.redriveDeadLetter({ params: { id }, body: {} }),
    invalidates: [letterKeys.all, keys.runs],
    onDone: ({ closed }) => {
      const started = closed?.runs.length ?? 0;
      toasts.show({ tone: 'done', title: started === 0 ? 'Sent again' : `${counted(started, 'run')} started` });
    },
  });
  if (letter.isPending) return <Skeleton className="m-4 h-32" />;
  if (letter.isError) return <LoadError error={letter.error} onRetry={() => void letter.refetch()} />;
  const { data } = letter;
  const { word, tone } = STATUS_WORDS[data.status];
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 flex-1 basis-full text-14 font-semibold [overflow-wrap:anywhere]">{data.event.type}</h2>
        <Badge tone={tone}>{word}</Badge>
        <Badge>{KIND_WORDS[data.kind]}</Badge>
      </div>
      {data.status === 'open' && (
        <div className="flex flex-wrap gap-2">
          <Button
            size="compact"
            variant="primary"
            busy={send.isPending}
            onClick={() => {
              // One that is refused stays open with a new reason: it is read again as well.
              send.mutate(undefined, {
                onError: () => void queries.invalidateQueries({ queryKey: letterKeys.all }),
              });
            }}
          >
            Send again
          </Button>
          {data.kind !== 'delivery' && data.data !== null && (
            <Button
              size="compact"
              onClick={() => {
                setAsking('edit');
              }}
            >
              Edit and send…
            </Button>
          )}
          <Button
            size="compact"
            variant="danger"
            onClick={() => {
              setAsking('discard');
            }}
          >
            Discard…
          </Button>
        </div>
      )}
      <Why letter={data} />
      {data.closed !== null && <Closed closed={data.closed} word={word} />}
      <LetterFacts letter={data} />
      <Part title="Data">
        {data.data === null ? (
          <p className="text-13 text-muted">The event is not kept any more.</p>
        ) : (
          <JsonView value={data.data} label="Event data" openLevels={3} />
        )}
      </Part>
      {asking === 'edit' && (
        <EditDialog
          letter={data}
          data={data.data}
          onClose={() => {
            setAsking(null);
          }}
        />
      )}
      {asking === 'discard' && (
        <DiscardDialog
          id={id}
          onClose={() => {
            setAsking(null);
          }}
        />
      )}
    </div>
  );
}

function Why({ letter }: { readonly letter: DeadLetter }): ReactElement {
  return (
    <Part title="Why it did not go on">
      <p className="text-13 [overflow-wrap:anywhere]">
        {letter.message} <code className="font-mono text-12 text-muted">{letter.code}</code>
      </p>
      <Faults problems={letter.problems} />
      {(letter.kind === 'schema' || letter.kind === 'upcast') && (
        <p className="text-12">
          <Link to="/events/types" search={{ type: letter.event.type }} className="text-accent hover:underline">
            Show the schema of {letter.event.type}
          </Link>
        </p>
      )}
      {letter.holds && letter.status === 'open' && (
        <p className="text-12 text-muted">As long as this letter is open, the event starts nothing and wakes nobody.</p>
      )}
    </Part>
  );
}

function LetterFacts({ letter }: { readonly letter: DeadLetter }): ReactElement {
  const { subscription, event } = letter;
  return (
    <Facts>
      {subscription !== null && (
        <Fact name="For">
          <Link
            to="/workflows/$workflowId"
            params={{ workflowId: subscription.workflowId }}
            className="text-accent hover:underline"
          >
            {subscription.workflowName}
          </Link>
          , {subscription.triggerName}
        </Fact>
      )}
      <Fact name="Event">
        <span className="font-mono text-12">{event.id}</span>{' '}
        <CopyButton value={event.id} label="Copy the event's id" />
      </Fact>
      <Fact name="Source">{event.source}</Fact>
      {event.position !== null && (
        <Fact name="Stored">
          <Link to="/events" search={{ event: event.position }} className="text-accent hover:underline">
            position {event.position}
          </Link>
        </Fact>
      )}
      <Fact name="Attempts">{letter.attempts}</Fact>
      <Fact name="Put aside">
        <Time at={letter.firstAt} />
      </Fact>
      {letter.lastAt !== letter.firstAt && (
        <Fact name="Last tried">
          <Time at={letter.lastAt} />
        </Fact>
      )}
      <Fact name="Kept until">
        <Time at={letter.expiresAt} />
      </Fact>
    </Facts>
  );
}

function Closed({
  closed,
  word,
}: {
  readonly closed: NonNullable<DeadLetter['closed']>;
  readonly word: string;
}): ReactElement {
  return (
    <Part title={word}>
      <p className="text-13 [overflow-wrap:anywhere]">
        By {closed.by.name}, <Time at={closed.at} />
        {closed.note !== '' && `: ${closed.note}`}
      </p>
      {closed.replacedBy !== null && (
        <p className="text-13">
          In its place stands{' '}
          <Link to="/events" search={{ event: closed.replacedBy }} className="text-accent hover:underline">
            the edited event
          </Link>
          .
        </p>
      )}
      {closed.runs.length > 0 && (
        <p className="flex flex-wrap gap-x-2 gap-y-1 text-13">
          Started:
          {closed.runs.map((runId) => (
            <Link
              key={runId}
              to="/runs/$runId"
              params={{ runId }}
              className="font-mono text-12 text-accent hover:underline"
            >
              {runId.slice(-8)}
            </Link>
          ))}
        </p>
      )}
    </Part>
  );
}
