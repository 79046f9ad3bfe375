import { useState } from 'react';
import type { ReactElement } from 'react';
import { Dialog, Input, Kbd } from '../ui/index.js';
import { SHORTCUTS } from './shortcuts.js';

/** All shortcuts, from the table that binds them (E95). */
export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [query, setQuery] = useState('');
  const found = SHORTCUTS.filter((each) =>
    `${each.label} ${each.keys.join(' ')}`.toLowerCase().includes(query.toLowerCase()),
  );
  return (
    <Dialog open onOpenChange={onClose} title="Keyboard shortcuts">
      <Input
        autoFocus
        placeholder="Search"
        aria-label="Search shortcuts"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
        }}
      />
      <div className="grid gap-x-8 pb-3 sm:grid-cols-2">
        {[...new Set(found.map((each) => each.group))].map((group) => (
          <section key={group} aria-label={group}>
            <h3 className="pt-4 pb-1 text-12 font-semibold text-muted">{group}</h3>
            <dl>
              {found
                .filter((each) => each.group === group)
                .map((each) => (
                  <div key={each.id} className="flex items-center justify-between gap-4 py-1 text-13">
                    <dt>{each.label}</dt>
                    <dd className="flex gap-1">
                      {each.keys.map((key) => (
                        <Kbd key={key}>{key.replace('Arrow', '').replaceAll('+', key === '+' ? '+' : ' ')}</Kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
