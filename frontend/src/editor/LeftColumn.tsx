/** What stands left of the canvas, or slides over it: steps to add, or the drawing as a tree. */
import { PanelLeftClose } from 'lucide-react';
import type { ReactElement } from 'react';
import { IconButton } from '../ui/index.js';
import { Outline } from './Outline.js';
import { Palette } from './Palette.js';

export type ColumnView = 'steps' | 'outline';

export interface LeftColumnProps {
  readonly view: ColumnView;
  /** null where there is only one view. */
  readonly onView: ((view: ColumnView) => void) | null;
  readonly onFold: (() => void) | null;
  readonly onItem: (key: string) => void;
  readonly onRow: (id: string) => void;
}

export function LeftColumn({ view, onView, onFold, onItem, onRow }: LeftColumnProps): ReactElement {
  const choice = (id: ColumnView, label: string) => (
    <button
      type="button"
      aria-pressed={view === id}
      className={`h-7 flex-1 rounded-input text-12 font-medium ${view === id ? 'bg-idle-tint text-text' : 'text-muted hover:bg-hover'}`}
      onClick={() => onView?.(id)}
    >
      {label}
    </button>
  );
  return (
    <div className="flex h-full min-h-0 flex-col">
      {onView && (
        <div className="flex items-center gap-1 px-3 pt-2">
          {choice('steps', 'Add a step')}
          {choice('outline', 'Outline')}
          {onFold && (
            <IconButton label="Fold the column" onClick={onFold}>
              <PanelLeftClose size={15} aria-hidden="true" />
            </IconButton>
          )}
        </div>
      )}
      <div className="min-h-0 flex-1">
        {view === 'outline' ? (
          <Outline onPick={onRow} />
        ) : (
          <Palette
            onPick={(item) => {
              onItem(item.key);
            }}
          />
        )}
      </div>
    </div>
  );
}
