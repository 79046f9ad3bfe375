import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './Kbd.js';

export interface TooltipProps {
  readonly label: ReactNode;
  readonly shortcut?: string | undefined;
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
  /** The one element that is described; must take a ref and DOM props. */
  readonly children: ReactElement<Record<string, unknown>>;
}

/** A short hint on hover and focus. Never holds what cannot be had elsewhere. */
export function Tooltip({ label, shortcut, side = 'top', children }: TooltipProps): ReactElement {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="popup-motion flex max-w-72 items-center gap-2 rounded-input bg-text px-2 py-1 text-12 text-canvas shadow-menu">
            {label}
            {shortcut !== undefined && <Kbd inverted>{shortcut}</Kbd>}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Put once around the app: a second tooltip opens without delay when one was just open. */
export const TooltipProvider = Base.Provider;
