/** Pick one of a list by typing and arrows: the step search (E1) and the keyboard's way to connect (E14). */
import type { LucideIcon } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { StepIcon } from '../canvas/index.js';
import { Dialog, Input } from '../ui/index.js';

export interface Pick {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly aside: string;
  readonly icon: LucideIcon;
}

export interface PickDialogProps {
  readonly title: string;
  readonly placeholder: string;
  readonly search: (query: string) => readonly Pick[];
  readonly onPick: (key: string) => void;
  readonly onClose: () => void;
}

export function PickDialog({ title, placeholder, search, onPick, onClose }: PickDialogProps): ReactElement {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const found = search(query);
  const current = found[Math.min(at, found.length - 1)];
  const optionId = (key: string) => `pick-${key.replace(/\W/g, '-')}`;
  return (
    <Dialog open onOpenChange={onClose} title={title} size="medium">
      <Input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="pick-list"
        aria-activedescendant={current && optionId(current.key)}
        aria-label={placeholder}
        placeholder={placeholder}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            const next = Math.max(0, Math.min(found.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)));
            setAt(next);
            document.getElementById(optionId(found[next]?.key ?? ''))?.scrollIntoView({ block: 'nearest' });
          }
          if (event.key === 'Enter' && current) {
            event.preventDefault();
            onPick(current.key);
          }
        }}
      />
      <p aria-live="polite" className="px-1 pt-2 pb-1 text-11 text-muted">
        {found.length === 1 ? '1 result' : `${found.length} results`}
      </p>
      <ul id="pick-list" role="listbox" aria-label={title} className="max-h-[46vh] overflow-y-auto pb-2">
        {found.map((each) => (
          <li
            key={each.key}
            id={optionId(each.key)}
            role="option"
            aria-selected={each === current}
            className={`flex cursor-pointer items-center gap-3 rounded-input px-2 py-1.5 ${each === current ? 'bg-accent-tint' : 'hover:bg-hover'}`}
            onClick={() => {
              onPick(each.key);
            }}
          >
            <span className="grid size-7 shrink-0 place-items-center rounded-input bg-idle-tint">
              <StepIcon icon={each.icon} size={15} />
            </span>
            <span className="min-w-0 flex-1">
              <span className="block truncate text-13 font-medium">{each.title}</span>
              <span className="block truncate text-12 text-muted">{each.detail}</span>
            </span>
            <span className="text-11 text-muted">{each.aside}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
