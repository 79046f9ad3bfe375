import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { DeadLetter } from '@sagawright/shared/contracts';
import { client } from '../../api/index.js';

export const letterKeys = { all: ['dead-letters'] } as const;

/** Letters come while one looks. */
const AGAIN_MS = 10_000;

/** What of the dead letters is looked at. */
export interface LetterFilter {
  readonly kind?: DeadLetter['kind'] | undefined;
  readonly type?: string | undefined;
  readonly triggerId?: string | undefined;
  readonly search?: string | undefined;
}

export interface LetterSearch extends LetterFilter {
  /** Open ones when it is left out. */
  readonly status?: DeadLetter['status'] | 'all' | undefined;
}

export function lettersQuery({ status = 'open', ...filter }: LetterSearch) {
  const query = { ...filter, status: status === 'all' ? undefined : status };
  return infiniteQueryOptions({
    queryKey: [...letterKeys.all, 'list', query],
    queryFn: ({ signal, pageParam }) => client.listDeadLetters({ query: { ...query, cursor: pageParam } }, { signal }),
    refetchInterval: AGAIN_MS,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export const letterCountsQuery = queryOptions({
  queryKey: [...letterKeys.all, 'counts'],
  queryFn: ({ signal }) => client.countDeadLetters({}, { signal }),
  refetchInterval: AGAIN_MS,
});

export function letterQuery(id: string) {
  return queryOptions({
    queryKey: [...letterKeys.all, id],
    queryFn: ({ signal }) => client.getDeadLetter({ params: { id } }, { signal }),
  });
}
