import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Lane } from '@sagawright/shared/contracts';
import { client, keys, useAction } from '../../api/index.js';
import { AlertDialog, Badge, Button, StatusBadge, Time, useToasts } from '../../ui/index.js';
import type { Tone } from '../../ui/index.js';
import { counted } from '../count.js';
import { Row } from '../Listing.js';
import { laneKeys } from './queries.js';

const STATES: Record<Lane['state'], { readonly word: string; readonly tone: Tone }> = {
  going: { word: 'Going on', tone: 'running' },
  blocked: { word: 'Blocked', tone: 'failed' },
  paused: { word: 'Paused', tone: 'waiting' },
};

/** One key whose runs go one after another: who holds it, who waits, and how to get it going. */
export function LaneRow({ lane }: { readonly lane: Lane }): ReactElement {
  const { key, triggerId, run, state } = lane;
  const toasts = useToasts();
  const [skipping, setSkipping] = useState(false);
  const paused = lane.pausedSince !== null;
  const change = useAction({
    run: () => client[paused ? 'resumeLane' : 'pauseLane']({ body: { triggerId, key } }),
    invalidates: [laneKeys.all],
  });
  const skip = useAction<string, { changed: boolean }>({
    run: (runId) => client.skipInLane({ body: { triggerId, key, runId } }),
    invalidates: [laneKeys.all, keys.runs],
    onDone: ({ changed }) => {
      toasts.show({ tone: 'done', title: changed ? `“${key}” goes on` : `“${key}” went on already` });
    },
  });
  const { word, tone } = STATES[state];
  return (
    <Row>
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-mono text-13 font-semibold" title={key}>
          {key}
        </p>
        <p className="truncate text-12 text-muted">
          <Link
            to="/workflows/$workflowId"
            params={{ workflowId: lane.workflowId }}
            className="text-accent hover:underline"
          >
            {lane.workflowName}
          </Link>
          , {counted(lane.waiting, 'run')} waiting
        </p>
      </div>
      {run !== null && (
        <p className="flex items-center gap-2 text-12">
          <StatusBadge run={run.status} />
          <Link to="/runs/$runId" params={{ runId: run.id }} className="font-mono text-accent hover:underline">
            {run.id.slice(-8)}
          </Link>
        </p>
      )}
      <p className="flex items-center gap-2 text-12 whitespace-nowrap text-muted">
        <Badge tone={tone}>{word}</Badge>
        {state === 'blocked' && lane.blockedSince !== null && <Time at={lane.blockedSince} />}
        {state === 'paused' && lane.pausedSince !== null && <Time at={lane.pausedSince} />}
      </p>
      <div className="flex gap-2">
        <Button size="compact" busy={change.isPending} onClick={() => change.mutate(undefined)}>
          {paused ? 'Resume' : 'Pause'}
        </Button>
        {lane.blockedSince !== null && run !== null && (
          <Button
            size="compact"
            variant="danger"
            onClick={() => {
              setSkipping(true);
            }}
          >
            Skip its run…
          </Button>
        )}
      </div>
      <AlertDialog
        open={skipping}
        onOpenChange={setSkipping}
        title={`Go past the run that blocks “${key}”?`}
        description="The runs behind it go on without it, out of their order. The run itself stays as it is; this cannot be taken back."
        confirm="Skip this run"
        danger
        onConfirm={async () => {
          if (run !== null) await skip.mutateAsync(run.id);
        }}
      />
    </Row>
  );
}
