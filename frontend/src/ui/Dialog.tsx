import { AlertDialog as BaseAlert } from '@base-ui/react/alert-dialog';
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { Button, IconButton } from './Button.js';
import { classNames } from './class-names.js';

const backdrop =
  'fixed inset-0 z-40 bg-black/30 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0 dark:bg-black/60';
const frame =
  'popup-motion fixed left-1/2 top-[12vh] z-40 flex max-h-[80vh] w-[calc(100vw-24px)] -translate-x-1/2 flex-col rounded-dialog border border-border bg-raised shadow-dialog outline-none';
const widths = { small: 'max-w-[420px]', medium: 'max-w-[560px]', large: 'max-w-[820px]' } as const;

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  readonly size?: keyof typeof widths;
  /** Buttons at the bottom right, the main one last. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  size = 'medium',
  actions,
  children,
}: DialogProps): ReactElement {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => {
        onOpenChange(next);
      }}
    >
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup className={classNames(frame, widths[size])}>
          <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-2">
            <div className="min-w-0">
              <Base.Title className="text-16 font-semibold">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-0.5 text-13 text-muted">{description}</Base.Description>
              )}
            </div>
            <Base.Close
              render={
                <IconButton label="Close" shortcut="Esc">
                  <X size={16} aria-hidden="true" />
                </IconButton>
              }
            />
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-2">{children}</div>
          {actions !== undefined && <div className="flex justify-end gap-2 px-5 pt-2 pb-4">{actions}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export interface AlertDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  /** What will happen, and whether it can be taken back. */
  readonly description: ReactNode;
  /** A verb: "Archive", never "OK". */
  readonly confirm: string;
  readonly danger?: boolean;
  /** The way out. */
  readonly dismiss?: string;
  /** The dialog closes when this has succeeded and stays open when it threw. */
  readonly onConfirm: () => void | Promise<void>;
  readonly children?: ReactNode;
}

/** Asks before something that matters; a click beside it does not answer. */
export function AlertDialog({
  open,
  onOpenChange,
  title,
  description,
  confirm,
  danger = false,
  dismiss = 'Cancel',
  onConfirm,
  children,
}: AlertDialogProps): ReactElement {
  const [busy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setBusy(true);
    try {
      await onConfirm();
      onOpenChange(false);
    } finally {
      setBusy(false);
    }
  }
  return (
    <BaseAlert.Root
      open={open}
      onOpenChange={(next) => {
        onOpenChange(next);
      }}
    >
      <BaseAlert.Portal>
        <BaseAlert.Backdrop className={backdrop} />
        <BaseAlert.Popup className={classNames(frame, widths.small)}>
          <div className="px-5 pt-4 pb-2">
            <BaseAlert.Title className="text-16 font-semibold">{title}</BaseAlert.Title>
            <BaseAlert.Description className="mt-1 text-13 text-muted">{description}</BaseAlert.Description>
          </div>
          {children !== undefined && <div className="px-5 py-2">{children}</div>}
          <div className="flex justify-end gap-2 px-5 pt-2 pb-4">
            <BaseAlert.Close render={<Button />}>{dismiss}</BaseAlert.Close>
            <Button
              variant={danger ? 'danger' : 'primary'}
              busy={busy}
              onClick={() => {
                run().catch(() => undefined);
              }}
            >
              {confirm}
            </Button>
          </div>
        </BaseAlert.Popup>
      </BaseAlert.Portal>
    </BaseAlert.Root>
  );
}
