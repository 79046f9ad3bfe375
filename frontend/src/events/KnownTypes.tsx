import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { eventsQuery } from './stored/queries.js';

/** Proposes the types of the latest events to the field whose `list` it is. */
export function KnownTypes({ id }: { readonly id: string }): ReactElement {
  const latest = useInfiniteQuery(eventsQuery({}));
  const types = new Set(latest.data?.pages.flatMap(({ items }) => items.map(({ type }) => type)));
  return (
    <datalist id={id}>
      {[...types].sort().map((type) => (
        <option key={type} value={type} />
      ))}
    </datalist>
  );
}
