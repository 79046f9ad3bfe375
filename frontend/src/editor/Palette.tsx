/** The list of steps at the left (E4): click or Enter adds, dragging drops at the pointer. */
import { Search } from 'lucide-react';
import { useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { PALETTE_TYPE, StepIcon } from '../canvas/index.js';
import { Input } from '../ui/index.js';
import { searchItems } from './step-items.js';
import type { StepItem } from './step-items.js';

export function Palette({ onPick }: { readonly onPick: (item: StepItem) => void }): ReactElement {
  const [query, setQuery] = useState('');
  const found = searchItems(query);
  const groups = [...new Set(found.map((item) => item.group))];
  const shown = groups.flatMap((group) => found.filter((item) => item.group === group));
  /** The list is one stop of the Tab key; arrows go on from the step that had the focus last. */
  const [last, setLast] = useState<string | null>(null);
  const stop = shown.find((item) => item.key === last) ?? shown[0];
  return (
    <section aria-label="Steps to add" className="flex h-full min-h-0 flex-col">
      <div className="flex items-center gap-2 p-3 pb-2">
        <div className="relative flex-1">
          <Search size={14} aria-hidden="true" className="absolute top-2 left-2.5 text-faint" />
          <Input
            compact
            className="pl-8!"
            placeholder="Search steps"
            aria-label="Search steps"
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
            }}
          />
        </div>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-3" role="group" aria-label="Steps" onKeyDown={walk}>
        {groups.map((group) => (
          <div key={group}>
            <h2 className="px-2 pt-3 pb-1 text-11 font-medium text-muted">{group}</h2>
            {shown
              .filter((item) => item.group === group)
              .map((item) => (
                <PaletteRow
                  key={item.key}
                  item={item}
                  isStop={item === stop}
                  onFocus={() => {
                    setLast(item.key);
                  }}
                  onPick={onPick}
                />
              ))}
          </div>
        ))}
        {found.length === 0 && <p className="px-2 py-6 text-center text-12 text-muted">No step matches “{query}”.</p>}
      </div>
    </section>
  );
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((button) => button === event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  buttons[to]?.focus();
}

/** The button's name is its title alone; it is as large as the row, and can be dragged by any part of it. */
function PaletteRow({
  item,
  isStop,
  onFocus,
  onPick,
}: {
  readonly item: StepItem;
  readonly isStop: boolean;
  readonly onFocus: () => void;
  readonly onPick: (item: StepItem) => void;
}): ReactElement {
  const description = `palette-${item.key.replace(/\W/g, '-')}`;
  return (
    <div className="relative flex items-start gap-2.5 rounded-input px-2 py-1.5 hover:bg-hover">
      <span className="mt-0.5 grid size-6 shrink-0 place-items-center rounded-input bg-idle-tint text-text">
        <StepIcon icon={item.icon} size={14} />
      </span>
      <span className="min-w-0 flex-1">
        <button
          type="button"
          draggable
          tabIndex={isStop ? 0 : -1}
          onFocus={onFocus}
          aria-describedby={description}
          className="block w-full cursor-grab truncate text-left text-13 after:absolute after:inset-0 after:rounded-input focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          onDragStart={(event) => {
            event.dataTransfer.setData(PALETTE_TYPE, item.key);
            event.dataTransfer.effectAllowed = 'copy';
          }}
          onClick={() => {
            onPick(item);
          }}
        >
          {item.title}
        </button>
        <span id={description} className="line-clamp-2 text-11 text-muted">
          {item.description}
        </span>
      </span>
    </div>
  );
}
