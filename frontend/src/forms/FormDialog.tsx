import { useId, useRef, useState } from 'react';
import type { ComponentProps, FormEvent, ReactElement, ReactNode } from 'react';
import { Button, Dialog } from '../ui/index.js';
import { ProblemNote } from './ProblemNote.js';

export interface FormDialogProps extends Pick<ComponentProps<typeof Dialog>, 'title' | 'description' | 'size'> {
  /** A verb: what the main button does. */
  readonly submit: string;
  /** It cannot be taken back: then Enter in a field does not do it. */
  readonly danger?: boolean;
  readonly busy: boolean;
  /** Why it was refused. */
  readonly error: unknown;
  /** Something is missing or cannot be read; the fields say what. */
  readonly faulty?: boolean;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  /** Buttons between the way out and the main one. */
  readonly besides?: ReactNode;
  /** @param tried whether it was tried to submit; what is missing is told from then on only */
  readonly children: (tried: boolean) => ReactNode;
}

/**
 * A form in a dialog. What is refused stands on top of it, and what keeps it from being sent is looked for: the first field that
 * is wrong gets the focus, and so comes into view.
 */
export function FormDialog({
  submit,
  danger = false,
  busy,
  error,
  faulty = false,
  onSubmit,
  onClose,
  besides,
  children,
  ...dialog
}: FormDialogProps): ReactElement {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [tried, setTried] = useState(false);
  function send(): void {
    setTried(true);
    if (!faulty) {
      if (!busy) onSubmit();
      return;
    }
    // The fields learn of the attempt first.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      {...dialog}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {besides}
          <Button
            variant={danger ? 'danger' : 'primary'}
            busy={busy}
            {...(danger ? { onClick: send } : { type: 'submit', form: id })}
          >
            {submit}
          </Button>
        </>
      }
    >
      <form
        id={id}
        ref={form}
        noValidate
        className="flex flex-col gap-3 pb-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          // In a browser Enter submits a form even if its button is elsewhere.
          if (!danger) send();
        }}
      >
        <ProblemNote error={error} />
        {children(tried)}
      </form>
    </Dialog>
  );
}
