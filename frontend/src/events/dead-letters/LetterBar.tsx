import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { DeadLetter } from '@sagawright/shared/contracts';
import { Button, Input, Select, classNames } from '../../ui/index.js';
import { letterCountsQuery } from './queries.js';
import type { LetterSearch } from './queries.js';
import { KIND_WORDS, STATUS_WORDS, ownerOf } from './words.js';

export interface LetterBarProps {
  readonly search: LetterSearch;
  readonly onSearch: (search: LetterSearch) => void;
}

type Status = NonNullable<LetterSearch['status']>;

const STATUSES: readonly { readonly value: Status; readonly label: string }[] = [
  { value: 'open', label: STATUS_WORDS.open.word },
  { value: 'redriven', label: STATUS_WORDS.redriven.word },
  { value: 'discarded', label: STATUS_WORDS.discarded.word },
  { value: 'all', label: 'In any state' },
];

const KINDS: readonly { readonly value: DeadLetter['kind'] | 'any'; readonly label: string }[] = [
  { value: 'any', label: 'For any reason' },
  ...Object.entries(KIND_WORDS).map(([value, label]) => ({ value: value as DeadLetter['kind'], label })),
];

/** Which letters are looked at, and where the open ones gather. */
export function LetterBar({ search, onSearch }: LetterBarProps): ReactElement {
  const [text, setText] = useState(search.search ?? '');
  return (
    <div className="shrink-0 border-b border-border bg-surface">
      <form
        role="search"
        aria-label="Search dead letters"
        className="flex flex-wrap items-end gap-2 px-4 py-2 md:px-6"
        onSubmit={(event) => {
          event.preventDefault();
          onSearch({ ...search, search: text.trim() === '' ? undefined : text.trim() });
        }}
      >
        <Select
          compact
          className="w-36"
          label="State"
          value={search.status ?? 'open'}
          options={STATUSES}
          onChange={(status) => {
            onSearch({ ...search, status: status === 'open' ? undefined : status });
          }}
        />
        <Select
          compact
          className="max-w-60 min-w-0 flex-1 basis-40"
          label="Reason"
          value={search.kind ?? 'any'}
          options={KINDS}
          onChange={(kind) => {
            onSearch({ ...search, kind: kind === 'any' ? undefined : kind });
          }}
        />
        <div className="min-w-0 flex-1 basis-40">
          <Input
            compact
            type="search"
            aria-label="Part of the reason, or of the event's id or source"
            placeholder="Part of the reason, id or source"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        </div>
        <Button size="compact" type="submit">
          Search
        </Button>
      </form>
      <Gatherings search={search} onSearch={onSearch} />
    </div>
  );
}

/** How many are open per subscription, reason and type; a click shows them. */
function Gatherings({ search, onSearch }: LetterBarProps): ReactElement | null {
  const counts = useQuery(letterCountsQuery);
  const items = counts.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <ul aria-label="Open letters" className="flex gap-2 overflow-x-auto px-4 pb-2 md:px-6">
      {items.map(({ kind, subscription, type, open }) => {
        const triggerId = subscription?.triggerId;
        const chosen = search.kind === kind && search.type === type && search.triggerId === triggerId;
        return (
          <li key={`${kind} ${triggerId ?? ''} ${type}`} className="shrink-0">
            <button
              type="button"
              aria-pressed={chosen}
              className={classNames(
                'rounded-card border px-2.5 py-1 text-left text-12 transition-colors hover:bg-hover',
                chosen ? 'border-accent bg-accent-tint' : 'border-border',
              )}
              onClick={() => {
                onSearch(chosen ? {} : { kind, type, triggerId });
              }}
            >
              <span className="flex items-center gap-2 font-medium">
                <span className="max-w-56 truncate">{ownerOf({ subscription, kind })}</span>
                <span className="tabular rounded-pill bg-failed-tint px-1.5 text-11 text-failed-text">{open}</span>
              </span>
              <span className="block max-w-64 truncate text-muted">
                {type} · {KIND_WORDS[kind]}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
