import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { IconButton } from './Button.js';
import { classNames } from './class-names.js';

export interface SheetProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  readonly side?: 'left' | 'right' | 'bottom';
  readonly children: ReactNode;
}

const sides = {
  left: 'inset-y-0 left-0 w-[min(320px,88vw)] border-r data-starting-style:-translate-x-full data-ending-style:-translate-x-full',
  right:
    'inset-y-0 right-0 w-[min(420px,92vw)] border-l data-starting-style:translate-x-full data-ending-style:translate-x-full',
  bottom:
    'inset-x-0 bottom-0 max-h-[80vh] rounded-t-dialog border-t data-starting-style:translate-y-full data-ending-style:translate-y-full',
} as const;

/** A panel that slides over the page: how side panels look where there is no room beside the content. */
export function Sheet({ open, onOpenChange, title, side = 'right', children }: SheetProps): ReactElement {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => {
        onOpenChange(next);
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/30 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          className={classNames(
            'fixed z-40 flex flex-col border-border bg-surface shadow-dialog outline-none transition-transform duration-150',
            sides[side],
          )}
        >
          <div className="flex h-12 shrink-0 items-center justify-between gap-2 border-b border-border px-4">
            <Base.Title className="truncate text-13 font-semibold">{title}</Base.Title>
            <Base.Close
              render={
                <IconButton label="Close" shortcut="Esc">
                  <X size={16} aria-hidden="true" />
                </IconButton>
              }
            />
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
