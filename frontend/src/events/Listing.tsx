import type { ReactElement, ReactNode } from 'react';
import { LoadError } from '../app/Page.js';
import { Button, Skeleton, classNames } from '../ui/index.js';

/** The link that makes a whole row clickable. */
export const rowLink =
  'block truncate font-semibold after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent';

/** The part of a query that a list shows. */
interface Asked {
  readonly isPending: boolean;
  readonly isSuccess: boolean;
  readonly isError: boolean;
  readonly error: unknown;
  readonly refetch: () => unknown;
  readonly hasNextPage?: boolean;
  readonly isFetchingNextPage?: boolean;
  readonly fetchNextPage?: () => unknown;
}

export interface ListingProps<Item> {
  /** What the list is of: `Dead letters`. */
  readonly label: string;
  readonly query: Asked;
  readonly items: readonly Item[];
  readonly row: (item: Item) => ReactElement;
  /** Shown when there are none. */
  readonly empty: ReactNode;
}

/** A list in each of its states: on its way, refused, empty, there, with more behind it. */
export function Listing<Item>({ label, query, items, row, empty }: ListingProps<Item>): ReactElement {
  return (
    <>
      {query.isPending && (
        <div className="flex flex-col gap-3 p-6" role="status" aria-label={`Loading ${label.toLowerCase()}`}>
          {[0, 1, 2].map((each) => (
            <Skeleton key={each} className="h-12" />
          ))}
        </div>
      )}
      {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && items.length === 0 && query.hasNextPage !== true && empty}
      {items.length > 0 && (
        <ul aria-label={label} className="divide-y divide-border border-b border-border bg-surface">
          {items.map(row)}
        </ul>
      )}
      {query.hasNextPage === true && (
        <div className="flex justify-center p-4">
          <Button busy={query.isFetchingNextPage === true} onClick={() => void query.fetchNextPage?.()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

export interface RowProps {
  readonly chosen?: boolean;
  readonly children: ReactNode;
}

/** One of a list; a link with `rowLink` in it covers it. */
export function Row({ chosen = false, children }: RowProps): ReactElement {
  return (
    <li
      className={classNames(
        'relative flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 transition-colors hover:bg-hover md:px-6',
        chosen && 'bg-accent-tint hover:bg-accent-tint',
      )}
    >
      {children}
    </li>
  );
}
