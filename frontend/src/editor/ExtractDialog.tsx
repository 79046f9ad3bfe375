/** Asks what the sub-workflow made of the selection is called. */
import { useState } from 'react';
import type { ReactElement } from 'react';
import { Button, Dialog, Field, Input } from '../ui/index.js';

export interface ExtractDialogProps {
  readonly count: number;
  readonly busy: boolean;
  readonly onExtract: (name: string) => void;
  readonly onClose: () => void;
}

export function ExtractDialog({ count, busy, onExtract, onClose }: ExtractDialogProps): ReactElement {
  const [name, setName] = useState('Sub-workflow');
  const ready = name.trim() !== '';
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Make a sub-workflow"
      description={`${count === 1 ? 'The selected step becomes' : `The ${count} selected steps become`} a workflow of its own; one step that calls it takes the place. Publish it before this one runs.`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={busy} disabled={!ready} onClick={() => onExtract(name.trim())}>
            Make it
          </Button>
        </>
      }
    >
      <Field label="Name" required error={ready ? null : 'A workflow needs a name.'}>
        <Input
          autoFocus
          maxLength={80}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && ready) onExtract(name.trim());
          }}
        />
      </Field>
    </Dialog>
  );
}
