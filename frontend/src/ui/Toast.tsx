import { Toast as Base } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { useMemo } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { IconButton, buttonClass } from './Button.js';
import { Glyph } from './Glyph.js';

export interface ToastOptions {
  /** One line: the result of the person's own action (W16). */
  readonly title: string;
  readonly description?: string;
  readonly tone?: 'neutral' | 'done' | 'failed';
  /** Offer undo or the way out. */
  readonly action?: { readonly label: string; readonly onSelect: () => void };
}

export interface Toasts {
  readonly show: (options: ToastOptions) => void;
}

export function useToasts(): Toasts {
  const { add, close } = Base.useToastManager();
  return useMemo(
    () => ({
      show: ({ title, description, tone = 'neutral', action }) => {
        const id = add({
          title,
          description,
          type: tone,
          timeout: tone === 'failed' ? 10_000 : 5000,
          priority: tone === 'failed' ? 'high' : 'low',
          actionProps:
            action === undefined
              ? undefined
              : {
                  children: action.label,
                  onClick: () => {
                    action.onSelect();
                    close(id);
                  },
                },
        });
      },
    }),
    [add, close],
  );
}

function List(): ReactElement {
  const { toasts } = Base.useToastManager();
  return (
    <>
      {toasts.map((toast) => (
        <Base.Root
          key={toast.id}
          toast={toast}
          className="popup-motion pointer-events-auto flex items-center gap-2.5 rounded-card border border-border bg-raised py-2 pr-2 pl-3 shadow-menu"
        >
          {toast.type === 'done' && <Glyph tone="done" name="done" />}
          {toast.type === 'failed' && <Glyph tone="failed" name="failed" />}
          <Base.Content className="min-w-0 flex-1">
            <Base.Title className="text-13 font-medium" />
            <Base.Description className="text-12 text-muted" />
          </Base.Content>
          {toast.actionProps !== undefined && <Base.Action className={buttonClass('secondary', 'compact')} />}
          <Base.Close
            render={
              <IconButton label="Dismiss" tooltipSide="top">
                <X size={14} aria-hidden="true" />
              </IconButton>
            }
          />
        </Base.Root>
      ))}
    </>
  );
}

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <Base.Provider limit={3}>
      {children}
      <Base.Portal>
        <Base.Viewport className="pointer-events-none fixed right-4 bottom-4 z-50 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}
