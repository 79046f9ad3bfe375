import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { WorkspaceRetention } from '@sagawright/shared/contracts';
import { client, useAction } from '../api/index.js';
import { LoadError } from '../app/Page.js';
import { ProblemNote } from '../forms/ProblemNote.js';
import { AlertDialog, Button, Panel, Skeleton, useToasts } from '../ui/index.js';
import { readDays, readRuns, typedRuns, writeDays } from './retention-days.js';
import { RetentionEvents } from './RetentionEvents.js';
import type { TypedPattern } from './RetentionEvents.js';
import { DaysField, RunFields } from './RetentionFields.js';

const retentionKeys = { workspace: ['retention'] } as const;

/** What is asked for at once: runs and events, and the letters about them. */
interface Kept extends WorkspaceRetention {
  readonly letterDays: number;
}

/** How long the workspace keeps ended runs, events and dead letters. */
export function RetentionPanel(): ReactElement {
  const kept = useQuery({
    queryKey: retentionKeys.workspace,
    queryFn: async ({ signal }): Promise<Kept> => {
      const [retention, { keepDays }] = await Promise.all([
        client.getRetention({}, { signal }),
        client.getDeadLetterSettings({}, { signal }),
      ]);
      return { ...retention, letterDays: keepDays };
    },
    // Looked at again only after it was saved: what is being typed stays.
    staleTime: Infinity,
  });
  return (
    <Panel title="How long things are kept">
      {kept.isPending && <Skeleton className="h-24" />}
      {kept.isError && <LoadError error={kept.error} onRetry={() => void kept.refetch()} />}
      {kept.data !== undefined && <RetentionForm key={kept.dataUpdatedAt} kept={kept.data} />}
    </Panel>
  );
}

function RetentionForm({ kept }: { readonly kept: Kept }): ReactElement {
  const toasts = useToasts();
  const [runs, setRuns] = useState(() => typedRuns(kept.runs));
  const [events, setEvents] = useState<readonly TypedPattern[]>(() =>
    kept.events.map(({ pattern, days }) => ({ pattern, days: writeDays(days) })),
  );
  const [letters, setLetters] = useState(() => String(kept.letterDays));
  const [asking, setAsking] = useState(false);
  const wanted = read(runs, events, letters);
  const save = useAction<Kept>({
    run: async ({ letterDays, ...retention }) => {
      await client.setRetention({ body: retention });
      if (letterDays !== kept.letterDays) await client.setDeadLetterSettings({ body: { keepDays: letterDays } });
    },
    invalidates: [retentionKeys.workspace],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: 'Saved' });
    },
  });
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== null) setAsking(true);
      }}
    >
      <ProblemNote error={save.error} />
      <RunFields runs={runs} onChange={setRuns} />
      <RetentionEvents events={events} onChange={setEvents} />
      <DaysField
        label="Dead letters, days"
        help="For letters that are made from now on."
        bounded
        value={letters}
        onChange={setLetters}
      />
      <div>
        <Button type="submit" disabled={wanted === null}>
          Save…
        </Button>
      </div>
      <AlertDialog
        open={asking}
        onOpenChange={setAsking}
        title="Keep things this long?"
        description="What is older is deleted within hours, for good. Workflows that say otherwise for their runs go by what they say."
        confirm="Save"
        danger
        onConfirm={async () => {
          setAsking(false);
          if (wanted !== null) await save.mutateAsync(wanted);
        }}
      />
    </form>
  );
}

/** @returns null = something typed cannot be meant */
function read(typed: Parameters<typeof readRuns>[0], patterns: readonly TypedPattern[], letters: string): Kept | null {
  const runs = readRuns(typed);
  const letterDays = readDays(letters);
  const events = patterns.flatMap(({ pattern, days: text }) => {
    const days = readDays(text);
    return days === undefined || pattern.trim() === '' ? [] : [{ pattern: pattern.trim(), days }];
  });
  if (runs === null || letterDays == null || events.length < patterns.length) return null;
  return { runs, events, letterDays };
}
