import { ContextMenu as BaseContext } from '@base-ui/react/context-menu';
import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.js';
import { Kbd } from './Kbd.js';

/** What a menu offers; one description serves the button's menu and the right-click menu alike. */
export type MenuEntry =
  | {
      readonly kind?: 'action';
      readonly id: string;
      readonly label: string;
      readonly icon?: ReactNode;
      readonly shortcut?: string;
      readonly danger?: boolean;
      readonly disabled?: boolean;
      readonly checked?: boolean;
      readonly onSelect: () => void;
    }
  | { readonly kind: 'separator'; readonly id: string }
  | { readonly kind: 'heading'; readonly id: string; readonly label: string };

const popup =
  'popup-motion max-h-[var(--available-height)] min-w-44 overflow-y-auto rounded-card border border-border bg-raised p-1 shadow-menu outline-none';

function Entries({ entries }: { readonly entries: readonly MenuEntry[] }): ReactElement {
  return (
    <>
      {entries.map((entry) => {
        if (entry.kind === 'separator') return <Base.Separator key={entry.id} className="-mx-1 my-1 h-px bg-border" />;
        if (entry.kind === 'heading') {
          return (
            <div key={entry.id} role="presentation" className="px-2 pt-1.5 pb-1 text-11 font-medium text-faint">
              {entry.label}
            </div>
          );
        }
        return (
          <Base.Item
            key={entry.id}
            disabled={entry.disabled}
            onClick={entry.onSelect}
            className={classNames(
              'flex min-h-7 cursor-default select-none items-center gap-2 rounded-input px-2 py-1 text-13 outline-none data-disabled:opacity-50 data-highlighted:bg-hover',
              entry.danger === true && 'text-failed-text',
            )}
          >
            {entry.icon !== undefined && (
              <span className="flex w-4 shrink-0 justify-center text-muted">{entry.icon}</span>
            )}
            <span className="flex-1">{entry.label}</span>
            {entry.checked === true && <span aria-label="chosen">✓</span>}
            {entry.shortcut !== undefined && <Kbd>{entry.shortcut}</Kbd>}
          </Base.Item>
        );
      })}
    </>
  );
}

export interface MenuProps {
  /** The button that opens it; must take a ref and DOM props. */
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly entries: readonly MenuEntry[];
  readonly align?: 'start' | 'center' | 'end';
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
  /** Shown above the entries. */
  readonly header?: ReactNode;
}

export function Menu({ trigger, entries, align = 'end', side = 'bottom', header }: MenuProps): ReactElement {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={4} className="z-50">
          <Base.Popup className={popup}>
            {header}
            <Entries entries={entries} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export interface ContextMenuProps {
  readonly entries: readonly MenuEntry[];
  readonly children: ReactNode;
  /** The element that listens; a `div` when left out. */
  readonly render?: ReactElement<Record<string, unknown>>;
  readonly className?: string;
}

export function ContextMenu({ entries, children, render, className }: ContextMenuProps): ReactElement {
  return (
    <BaseContext.Root>
      <BaseContext.Trigger render={render} className={className}>
        {children}
      </BaseContext.Trigger>
      <BaseContext.Portal>
        <BaseContext.Positioner className="z-50">
          <BaseContext.Popup className={popup}>
            <Entries entries={entries} />
          </BaseContext.Popup>
        </BaseContext.Positioner>
      </BaseContext.Portal>
    </BaseContext.Root>
  );
}
