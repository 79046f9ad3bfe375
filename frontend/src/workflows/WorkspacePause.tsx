import { useQuery } from '@tanstack/react-query';
import { CirclePause } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, keys, useAction, workspaceQuery } from '../api/index.js';
import { AlertDialog, Button, IconButton, Time } from '../ui/index.js';

/** Said on every page while the runs of the whole workspace stand still, with the way out. */
export function PauseBanner(): ReactElement | null {
  const { data } = useQuery(workspaceQuery);
  const resume = useAction({
    run: () => client.resumeWorkspace({}),
    invalidates: [keys.workspace, keys.runs],
  });
  if (data?.pausedAt == null) return null;
  return (
    <div
      role="status"
      className="flex shrink-0 flex-wrap items-center justify-center gap-x-3 gap-y-1 border-b border-border bg-waiting-tint px-4 py-1.5 text-12 text-waiting-text"
    >
      <CirclePause size={14} aria-hidden="true" />
      <span>
        Every run stands still since <Time at={data.pausedAt} />. Events are still taken, and new runs wait.
      </span>
      <Button
        size="compact"
        busy={resume.isPending}
        onClick={() => {
          resume.mutate(undefined);
        }}
      >
        Let them go on
      </Button>
    </div>
  );
}

/** Lets every run of the workspace stand still, after saying what that means. */
export function PauseEverything(): ReactElement | null {
  const { data } = useQuery(workspaceQuery);
  const [asking, setAsking] = useState(false);
  const pause = useAction({
    run: () => client.pauseWorkspace({}),
    invalidates: [keys.workspace, keys.runs],
  });
  if (data === undefined || data.pausedAt !== null) return null;
  return (
    <>
      <IconButton
        label="Pause every run…"
        size="regular"
        onClick={() => {
          setAsking(true);
        }}
      >
        <CirclePause size={16} aria-hidden="true" />
      </IconButton>
      <AlertDialog
        open={asking}
        onOpenChange={setAsking}
        title="Pause every run of this workspace?"
        description="Attempts in flight are finished, and nothing new begins. Events are still taken and new runs wait; all of it goes on when you let it."
        confirm="Pause every run"
        danger
        onConfirm={async () => {
          await pause.mutateAsync(undefined);
        }}
      />
    </>
  );
}
