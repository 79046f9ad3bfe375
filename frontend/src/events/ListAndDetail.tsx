import { X } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { useMedia } from '../app/use-media.js';
import { IconButton, Sheet } from '../ui/index.js';

export interface ListAndDetailProps {
  /** What one of the list is: `Replay`, `Event`. */
  readonly name: string;
  readonly list: ReactNode;
  /** What is looked at; null = nothing. */
  readonly detail: ReactNode;
  readonly onClose: () => void;
}

/** A list, and beside it whatever of it is looked at; on narrow screens it lies over the list. */
export function ListAndDetail({ name, list, detail, onClose }: ListAndDetailProps): ReactElement {
  const wide = useMedia('(min-width: 1024px)');
  return (
    <div className="flex min-h-0 flex-1">
      <div className="min-w-0 flex-1 overflow-y-auto">{list}</div>
      {wide && detail !== null && (
        <aside aria-label={name} className="w-[480px] shrink-0 overflow-y-auto border-l border-border bg-surface">
          <div className="sticky top-0 z-[1] flex h-9 items-center justify-between border-b border-border bg-surface pr-2 pl-4 text-12 text-muted">
            {name}
            <IconButton label={`Close the ${name.toLowerCase()}`} onClick={onClose}>
              <X size={14} aria-hidden="true" />
            </IconButton>
          </div>
          {detail}
        </aside>
      )}
      {!wide && (
        <Sheet
          open={detail !== null}
          onOpenChange={(next) => {
            if (!next) onClose();
          }}
          title={name}
        >
          {detail}
        </Sheet>
      )}
    </div>
  );
}
