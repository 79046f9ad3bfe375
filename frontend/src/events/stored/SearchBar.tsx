import { useState } from 'react';
import type { ReactElement } from 'react';
import { Button, Input, Select } from '../../ui/index.js';
import { STRETCHES } from '../stretch.js';
import type { EventSearch } from './queries.js';

export interface SearchBarProps {
  readonly search: EventSearch;
  /** What is live cannot be asked for by its data here. */
  readonly narrowed: boolean;
  readonly onSearch: (search: EventSearch) => void;
}

const FIELDS = [
  { name: 'type', label: 'Type', hint: 'order.*' },
  { name: 'source', label: 'Source', hint: '/shop' },
  { name: 'subject', label: 'Subject', hint: 'A-1' },
  { name: 'where', label: 'Data', hint: 'data.order.id=A-1' },
  { name: 'id', label: 'Id', hint: '' },
] as const;

const ALWAYS = { value: 'always', label: 'Any time' } as const;

/** What of the store is looked at; Enter or the button asks for it. */
export function SearchBar({ search, narrowed, onSearch }: SearchBarProps): ReactElement {
  const [wish, setWish] = useState(search);
  const fields = FIELDS.filter(({ name }) => (name === 'id' ? search.id !== undefined : !narrowed || name !== 'where'));
  return (
    <form
      role="search"
      aria-label="Search events"
      className="flex shrink-0 flex-wrap items-end gap-2 border-b border-border bg-surface px-4 py-2 md:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        const said = Object.entries(wish).flatMap(([name, value]: [string, string | undefined]): [string, string][] =>
          value === undefined || value.trim() === '' ? [] : [[name, value.trim()]],
        );
        onSearch(Object.fromEntries(said));
      }}
    >
      {fields.map(({ name, label, hint }) => (
        <label key={name} className="flex min-w-0 flex-1 basis-32 items-center gap-2 text-12 text-muted">
          {label}
          <Input
            compact
            type="search"
            placeholder={hint}
            value={wish[name] ?? ''}
            onChange={(event) => {
              setWish({ ...wish, [name]: event.target.value });
            }}
          />
        </label>
      ))}
      {!narrowed && (
        <Select
          compact
          className="w-28"
          label="Stored"
          value={search.within ?? 'always'}
          options={[ALWAYS, ...STRETCHES]}
          onChange={(within) => {
            onSearch({ ...search, within: within === 'always' ? undefined : within });
          }}
        />
      )}
      <Button size="compact" type="submit">
        Search
      </Button>
    </form>
  );
}
