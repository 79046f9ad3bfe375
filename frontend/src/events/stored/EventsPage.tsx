import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Radio, Send } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { EventSummary } from '@sagawright/shared/contracts';
import { LoadError } from '../../app/Page.js';
import { SendEventDialog } from '../../runs/SendEventDialog.js';
import type { EventLike } from '../../runs/SendEventDialog.js';
import { Button, EmptyState, Skeleton, Time, buttonClass, classNames } from '../../ui/index.js';
import { EventsFrame } from '../EventsFrame.js';
import { ListAndDetail } from '../ListAndDetail.js';
import { Row, rowLink } from '../Listing.js';
import { EventPanel } from './EventPanel.js';
import { eventsQuery } from './queries.js';
import type { EventSearch } from './queries.js';
import { SearchBar } from './SearchBar.js';
import { useTail } from './use-tail.js';

export interface EventsPageProps extends EventSearch {
  /** Position of the event that is looked at. */
  readonly event?: number | undefined;
  /** Events appear as they are stored. */
  readonly live?: boolean | undefined;
}

/** The event store: what has come in, and what it brought about. */
export function EventsPage({ event, live = false, ...search }: EventsPageProps): ReactElement {
  const navigate = useNavigate();
  const stored = useInfiniteQuery({ ...eventsQuery(search), enabled: !live });
  const tail = useTail(live, search);
  const [sending, setSending] = useState<EventLike | 'new' | null>(null);
  const items = live ? tail.events : (stored.data?.pages.flatMap((page) => page.items) ?? []);
  const searching = Object.values(search).some((each) => each !== undefined);
  const go = (next: Partial<EventsPageProps>): void =>
    void navigate({ to: '/events', search: { ...search, event, live: live ? true : undefined, ...next } });
  return (
    <EventsFrame
      part="/events"
      actions={
        <>
          <Button
            aria-pressed={live}
            className={classNames(live && 'border-accent text-accent')}
            onClick={() => {
              go({ live: live ? undefined : true });
            }}
          >
            <Radio size={14} aria-hidden="true" />
            Live
          </Button>
          <Button
            onClick={() => {
              setSending('new');
            }}
          >
            <Send size={14} aria-hidden="true" />
            <span className="max-sm:sr-only">Send event</span>
          </Button>
        </>
      }
    >
      <SearchBar
        key={JSON.stringify(search)}
        search={search}
        narrowed={live}
        onSearch={(next) => {
          void navigate({ to: '/events', search: { ...next, live: live ? true : undefined } });
        }}
      />
      <ListAndDetail
        name="Event"
        onClose={() => {
          go({ event: undefined });
        }}
        detail={
          event === undefined ? null : (
            <EventPanel
              key={event}
              position={event}
              onLike={({ type, subject, data }) => {
                setSending({ type, subject: subject ?? '', data });
              }}
            />
          )
        }
        list={
          <>
            {!live && stored.isPending && (
              <div className="flex flex-col gap-3 p-6" role="status" aria-label="Loading events">
                {[0, 1, 2, 3].map((row) => (
                  <Skeleton key={row} className="h-10" />
                ))}
              </div>
            )}
            {!live && stored.isError && <LoadError error={stored.error} onRetry={() => void stored.refetch()} />}
            {live && items.length === 0 && (
              <EmptyState icon={<Radio size={18} aria-hidden="true" />} title={tail.open ? 'Listening' : 'Connecting'}>
                Events appear here at the moment at which they are stored.
              </EmptyState>
            )}
            {!live && stored.isSuccess && items.length === 0 && !stored.hasNextPage && (
              <EmptyState
                icon={<Radio size={18} aria-hidden="true" />}
                title={searching ? 'No such events' : 'No events yet'}
                action={
                  searching ? (
                    <Link to="/events" className={buttonClass()}>
                      Show all events
                    </Link>
                  ) : (
                    <Button
                      variant="primary"
                      onClick={() => {
                        setSending('new');
                      }}
                    >
                      Send the first one
                    </Button>
                  )
                }
              >
                {searching
                  ? 'No stored event is like that. Texts that end in * match every text that begins so.'
                  : 'Webhooks, calls of the API, schedules and events sent by hand are all kept here, with what they started.'}
              </EmptyState>
            )}
            {items.length > 0 && (
              <ul aria-label="Events" className="divide-y divide-border border-b border-border bg-surface">
                {items.map((each) => (
                  <EventRow
                    key={each.position}
                    event={each}
                    chosen={each.position === event}
                    search={{ ...search, live: live ? true : undefined, event: each.position }}
                    quiet={live}
                  />
                ))}
              </ul>
            )}
            {!live && stored.hasNextPage && (
              <div className="flex justify-center p-4">
                <Button busy={stored.isFetchingNextPage} onClick={() => void stored.fetchNextPage()}>
                  {items.length === 0 ? 'Look further back' : 'Show older'}
                </Button>
              </div>
            )}
          </>
        }
      />
      {sending !== null && (
        <SendEventDialog
          like={sending === 'new' ? undefined : sending}
          onSent={({ position }) => {
            void stored.refetch();
            go({ event: position });
          }}
          onClose={() => {
            setSending(null);
          }}
        />
      )}
    </EventsFrame>
  );
}

interface EventRowProps {
  readonly event: EventSummary;
  readonly chosen: boolean;
  readonly search: EventsPageProps;
  /** What it started is not known at the moment at which it comes. */
  readonly quiet: boolean;
}

function EventRow({ event, chosen, search, quiet }: EventRowProps): ReactElement {
  return (
    <Row chosen={chosen}>
      <div className="min-w-0 flex-1 basis-48">
        <Link to="/events" search={search} aria-current={chosen ? 'true' : undefined} className={rowLink}>
          {event.type}
        </Link>
        <p className="truncate text-12 text-muted">
          {event.source}
          {event.subject !== null && ` · ${event.subject}`}
        </p>
      </div>
      <p className="text-12 whitespace-nowrap text-muted">
        {quiet || event.runs === 0 ? '' : event.runs === 1 ? '1 run' : `${String(event.runs)} runs`}
      </p>
      <p className="text-12 whitespace-nowrap text-muted">
        <Time at={event.recordedAt} className="relative" />
      </p>
    </Row>
  );
}
