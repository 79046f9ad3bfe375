import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.js';

export interface PopoverProps {
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly title?: ReactNode;
  readonly children: ReactNode;
  readonly align?: 'start' | 'center' | 'end';
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly className?: string;
  /** Where the focus goes when it closes, instead of back to the trigger. */
  readonly finalFocus?: () => HTMLElement | null;
}

export function Popover({
  trigger,
  title,
  children,
  align = 'end',
  side = 'bottom',
  open,
  onOpenChange,
  className,
  finalFocus,
}: PopoverProps): ReactElement {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => {
        onOpenChange?.(next);
      }}
    >
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={6} className="z-50">
          <Base.Popup
            finalFocus={finalFocus}
            className={classNames(
              'popup-motion max-w-[calc(100vw-24px)] rounded-card border border-border bg-raised p-3 shadow-menu outline-none',
              className,
            )}
          >
            {title !== undefined && <Base.Title className="mb-2 text-13 font-semibold">{title}</Base.Title>}
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
