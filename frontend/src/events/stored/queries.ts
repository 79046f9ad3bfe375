import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { StoredEvent } from '@sagawright/shared/contracts';
import { client } from '../../api/index.js';
import { letterKeys } from '../dead-letters/queries.js';
import { beginOf } from '../stretch.js';
import type { Stretch } from '../stretch.js';

export const eventKeys = { all: ['events'] } as const;

/** What of the store is looked at. */
export interface EventSearch {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly subject?: string | undefined;
  /** `data.order.id=A-1`. */
  readonly where?: string | undefined;
  /** The id that its sender gave it. */
  readonly id?: string | undefined;
  /** Stored so long ago at most. */
  readonly within?: Stretch | undefined;
}

export function eventsQuery({ within, ...search }: EventSearch) {
  return infiniteQueryOptions({
    queryKey: [...eventKeys.all, 'list', { within, ...search }],
    queryFn: ({ signal, pageParam }) => {
      const from = within && beginOf(within);
      return client.listEvents({ query: { ...search, from, cursor: pageParam } }, { signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function eventQuery(position: number) {
  return queryOptions({
    queryKey: [...eventKeys.all, position],
    queryFn: ({ signal }) => client.getEvent({ params: { position } }, { signal }),
  });
}

/** The dead letters of an event, closed ones as well. */
export function lettersOfQuery({ position, type, id }: Pick<StoredEvent, 'position' | 'type' | 'id'>) {
  return queryOptions({
    queryKey: [...letterKeys.all, 'of', position],
    queryFn: async ({ signal }) => {
      // Letters are searched by a part of the event's id, which other events of the type may have too.
      const { items } = await client.listDeadLetters({ query: { type, search: id.slice(0, 200) } }, { signal });
      return items.filter(({ event }) => event.position === position);
    },
  });
}
