import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight, Inbox } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Delivery } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { LoadError } from '../../app/Page.js';
import { Badge, Button, CodeBlock, EmptyState, Select, Skeleton, Time, classNames } from '../../ui/index.js';
import { counted } from '../count.js';
import { Listing } from '../Listing.js';
import { Part } from '../Part.js';
import { deliveriesQuery, deliveryQuery, endpointKeys } from './queries.js';
import { DELIVERY_WORDS, lastOf } from './words.js';

const STATUSES = [
  { value: 'all', label: 'All deliveries' },
  { value: 'pending', label: DELIVERY_WORDS.pending.word },
  { value: 'delivered', label: DELIVERY_WORDS.delivered.word },
  { value: 'failed', label: DELIVERY_WORDS.failed.word },
] as const;

/** The log of what was sent to an endpoint. */
export function Deliveries({ endpointId }: { readonly endpointId: string }): ReactElement {
  const [status, setStatus] = useState<(typeof STATUSES)[number]['value']>('all');
  const deliveries = useInfiniteQuery(deliveriesQuery(endpointId, status === 'all' ? undefined : status));
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Part
      title="Deliveries"
      actions={
        <Select compact className="w-36" label="Deliveries" value={status} options={STATUSES} onChange={setStatus} />
      }
    >
      <Listing
        label="Deliveries"
        query={deliveries}
        items={deliveries.data?.pages.flatMap((page) => page.items) ?? []}
        row={(each) => (
          <DeliveryRow
            key={each.id}
            delivery={each}
            open={each.id === open}
            onToggle={() => {
              setOpen(each.id === open ? null : each.id);
            }}
          />
        )}
        empty={
          <EmptyState compact icon={<Inbox size={18} aria-hidden="true" />} title="No deliveries">
            {status === 'all'
              ? 'Each event that this endpoint wants appears here with all attempts. Send a test event to see one.'
              : 'No delivery is in this state.'}
          </EmptyState>
        }
      />
    </Part>
  );
}

interface DeliveryRowProps {
  readonly delivery: Delivery;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function DeliveryRow({ delivery, open, onToggle }: DeliveryRowProps): ReactElement {
  const { word, tone } = DELIVERY_WORDS[delivery.status];
  return (
    <li className="text-13">
      <button
        type="button"
        aria-expanded={open}
        className="flex w-full flex-wrap items-center gap-x-2 gap-y-1 px-1 py-2 text-left hover:bg-hover"
        onClick={onToggle}
      >
        <ChevronRight
          size={14}
          aria-hidden="true"
          className={classNames('shrink-0 text-faint transition-transform', open && 'rotate-90')}
        />
        <span className="min-w-0 flex-1 basis-40">
          <span className="block truncate font-medium">
            {delivery.eventType}
            {delivery.test && ' (test)'}
          </span>
          <span className="block truncate text-12 text-muted">
            {counted(delivery.attempts, 'attempt')}, {lastOf(delivery)}
          </span>
        </span>
        <Badge tone={tone}>{word}</Badge>
        <Time at={delivery.createdAt} className="text-12 text-muted" />
      </button>
      {open && <DeliveryLog id={delivery.id} />}
    </li>
  );
}

/** All attempts of one delivery, and sending it again. */
function DeliveryLog({ id }: { readonly id: string }): ReactElement {
  const delivery = useQuery(deliveryQuery(id));
  const resend = useAction({
    run: () => client.resendDelivery({ params: { id } }),
    invalidates: [endpointKeys.all],
  });
  if (delivery.isPending) return <Skeleton className="m-2 h-12" />;
  if (delivery.isError) return <LoadError error={delivery.error} onRetry={() => void delivery.refetch()} />;
  const { data } = delivery;
  return (
    <div className="flex flex-col gap-2 px-2 pb-3">
      <p className="text-12 text-muted [overflow-wrap:anywhere]">
        <code className="font-mono">webhook-id: {data.messageId}</code>,{' '}
        {data.test ? (
          'a test'
        ) : (
          <Link to="/events" search={{ event: data.position }} className="text-accent hover:underline">
            event {data.position}
          </Link>
        )}
        {data.nextAt !== null && (
          <>
            . Tried next <Time at={data.nextAt} />
          </>
        )}
      </p>
      <ol aria-label="Attempts" className="flex flex-col gap-2">
        {data.log.map(({ number, at, durationMs, status, error, body }) => (
          <li key={`${String(number)} ${at}`} className="rounded-card border border-border p-2">
            <p className="[overflow-wrap:anywhere]">
              <b className="font-semibold">{number}.</b> {status === null ? 'No answer' : `Answered ${String(status)}`}
              {durationMs !== null && ` after ${String(durationMs)} ms`}, <Time at={at} />
            </p>
            {error !== null && <p className="text-failed-text [overflow-wrap:anywhere]">{error.message}</p>}
            {body !== null && body !== '' && (
              <CodeBlock code={body} label={`answer of attempt ${String(number)}`} wrap className="mt-1" />
            )}
          </li>
        ))}
      </ol>
      <div>
        <Button size="compact" busy={resend.isPending} onClick={() => resend.mutate(undefined)}>
          Send this again
        </Button>
      </div>
    </div>
  );
}
