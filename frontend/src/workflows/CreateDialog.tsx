import { useQuery } from '@tanstack/react-query';
import { FilePlus2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { templatesQuery } from '../api/index.js';
import { Button, Dialog, Field, Input, Skeleton, classNames } from '../ui/index.js';
import { MiniGraph } from './MiniGraph.js';
import { useCreateWorkflow } from './use-create-workflow.js';

export interface CreateDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** A name, and what to begin with. */
export function CreateDialog({ open, onOpenChange }: CreateDialogProps): ReactElement {
  const templates = useQuery({ ...templatesQuery, enabled: open });
  const create = useCreateWorkflow();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);
  const items = templates.data?.items ?? [];
  const suggestion = items.find((template) => template.id === chosen)?.name ?? 'New workflow';

  function submit(): void {
    const given = name.trim() === '' && chosen !== null ? suggestion : name.trim();
    if (given === '') {
      setMissing(true);
      return;
    }
    create.mutate({ name: given, ...(chosen === null ? {} : { template: chosen }) });
  }

  const tile = (selected: boolean): string =>
    classNames(
      'flex min-w-0 flex-col overflow-hidden rounded-card border bg-surface text-left transition-colors',
      selected ? 'border-accent outline-2 outline-accent' : 'border-border hover:border-border-strong',
    );

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New workflow"
      description="Begin with an empty canvas or with a template that runs as it is."
      size="large"
      actions={
        <>
          <Button
            onClick={() => {
              onOpenChange(false);
            }}
          >
            Cancel
          </Button>
          <Button variant="primary" busy={create.isPending} onClick={submit}>
            Create and open
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Name" required error={missing && name.trim() === '' ? 'Give the workflow a name.' : null}>
          <Input
            autoFocus
            maxLength={120}
            placeholder={suggestion}
            value={name}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </Field>
        <div role="radiogroup" aria-label="Begin with" className="grid gap-3 pb-1 sm:grid-cols-2">
          <button
            type="button"
            role="radio"
            aria-checked={chosen === null}
            className={tile(chosen === null)}
            onClick={() => {
              setChosen(null);
            }}
          >
            <span className="flex h-28 items-center justify-center bg-canvas text-faint">
              <FilePlus2 size={24} aria-hidden="true" />
            </span>
            <span className="p-3">
              <span className="block font-medium">Empty canvas</span>
              <span className="block text-12 text-muted">Add a trigger and draw from there.</span>
            </span>
          </button>
          {templates.isPending && <Skeleton className="h-44" />}
          {items.map((template) => (
            <button
              key={template.id}
              type="button"
              role="radio"
              aria-checked={chosen === template.id}
              className={tile(chosen === template.id)}
              onClick={() => {
                setChosen(template.id);
              }}
            >
              <span className="flex h-28 items-center justify-center bg-canvas p-3">
                <MiniGraph graph={template.graph} className="h-full w-full" />
              </span>
              <span className="p-3">
                <span className="block font-medium">{template.name}</span>
                <span className="line-clamp-2 block text-12 text-muted">{template.description}</span>
              </span>
            </button>
          ))}
        </div>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}
