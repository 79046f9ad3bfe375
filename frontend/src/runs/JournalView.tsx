import { ArrowDownUp, Braces } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import type { Entry, InstanceId, SagaDefinition } from '@sagawright/shared/saga';
import type { Json } from '@sagawright/shared/kernel';
import {
  Button,
  CopyButton,
  EmptyState,
  Glyph,
  JsonView,
  classNames,
  formatDuration,
  formatExact,
} from '../ui/index.js';
import { ENTRY_GROUPS, entryGroups, entryInstance, entryWords } from './entry-words.js';
import type { EntryGroup } from './entry-words.js';

export interface JournalViewProps {
  readonly definition: SagaDefinition;
  readonly entries: readonly Entry[];
  readonly selected: InstanceId | null;
  readonly onSelect: (instance: InstanceId) => void;
}

const GROUP_WORDS: Record<EntryGroup, string> = {
  steps: 'Steps',
  failures: 'Failures',
  undo: 'Undo',
  people: 'People',
  run: 'Run',
};

/** So many entries are drawn at once; more on request. */
const CHUNK = 300;

/** The complete append-only record (R19). */
export function JournalView({ definition, entries, selected, onSelect }: JournalViewProps): ReactElement {
  const [newestFirst, setNewestFirst] = useState(false);
  const [group, setGroup] = useState<EntryGroup | null>(null);
  const [open, setOpen] = useState<number | null>(null);
  const [limit, setLimit] = useState(CHUNK);
  const start = entries[0]?.at ?? 0;
  const shown = useMemo(() => {
    const filtered = group === null ? entries : entries.filter((entry) => entryGroups(entry).includes(group));
    return newestFirst ? filtered.toReversed() : filtered;
  }, [entries, group, newestFirst]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-1 border-b border-border px-3 py-1.5">
        <div role="group" aria-label="Kinds of entries" className="flex flex-1 flex-wrap gap-1">
          {[null, ...ENTRY_GROUPS].map((each) => (
            <button
              key={each ?? 'all'}
              type="button"
              aria-pressed={group === each}
              onClick={() => {
                setGroup(each);
              }}
              className={classNames(
                'h-6 rounded-pill px-2.5 text-12 font-medium transition-colors',
                group === each ? 'bg-accent-tint text-accent' : 'text-muted hover:bg-hover hover:text-text',
              )}
            >
              {each === null ? 'All' : GROUP_WORDS[each]}
            </button>
          ))}
        </div>
        <Button
          size="compact"
          variant="ghost"
          onClick={() => {
            setNewestFirst(!newestFirst);
          }}
        >
          <ArrowDownUp size={13} aria-hidden="true" />
          {newestFirst ? 'Newest first' : 'Oldest first'}
        </Button>
        <CopyButton value={() => JSON.stringify(entries, null, 2)} label="Copy the journal as JSON" />
      </div>
      <ol className="min-h-0 flex-1 overflow-y-auto" aria-label="Journal" tabIndex={0}>
        {shown.length === 0 && (
          <li>
            <EmptyState compact title="No such entries">
              Nothing of this kind has happened in this run.
            </EmptyState>
          </li>
        )}
        {shown.slice(0, limit).map((entry) => {
          const words = entryWords(definition, entry);
          const instance = entryInstance(entry);
          return (
            <li
              key={entry.seq}
              className={classNames(
                'border-b border-border',
                instance !== null && instance === selected && 'bg-accent-tint',
              )}
            >
              <div className="flex min-h-9 items-start gap-2.5 px-4 py-1 hover:bg-hover">
                <span className="tabular w-7 shrink-0 text-right font-mono text-11 leading-6 text-muted">
                  {entry.seq}
                </span>
                <span
                  className="tabular w-14 shrink-0 text-right text-11 leading-6 text-muted"
                  title={formatExact(entry.at)}
                >
                  +{formatDuration(entry.at - start)}
                </span>
                <Glyph name={words.glyph} tone={words.tone} size={14} className="mt-[5px]" />
                <span className="min-w-0 flex-1">
                  {instance === null ? (
                    <span className="leading-6 font-medium">{words.title}</span>
                  ) : (
                    <button
                      type="button"
                      className="min-h-6 rounded-tag text-left leading-6 font-medium hover:underline"
                      onClick={() => {
                        onSelect(instance);
                      }}
                    >
                      {words.title}
                    </button>
                  )}
                  {words.detail !== null && (
                    <span className="block text-12 text-muted [overflow-wrap:anywhere]">{words.detail}</span>
                  )}
                </span>
                <button
                  type="button"
                  aria-expanded={open === entry.seq}
                  aria-label={`Entry ${String(entry.seq)} as JSON`}
                  className="flex size-6 shrink-0 items-center justify-center rounded-input text-faint hover:bg-hover hover:text-text"
                  onClick={() => {
                    setOpen(open === entry.seq ? null : entry.seq);
                  }}
                >
                  <Braces size={13} aria-hidden="true" />
                </button>
              </div>
              {open === entry.seq && (
                <div className="px-4 pb-3">
                  <JsonView value={entry as unknown as Json} label={`Entry ${String(entry.seq)}`} />
                </div>
              )}
            </li>
          );
        })}
        {shown.length > limit && (
          <li className="flex justify-center p-3">
            <Button
              size="compact"
              onClick={() => {
                setLimit(limit + CHUNK * 4);
              }}
            >
              Show more of {shown.length}
            </Button>
          </li>
        )}
      </ol>
    </div>
  );
}
