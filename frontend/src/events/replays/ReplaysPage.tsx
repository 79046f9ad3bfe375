import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { History, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Replay } from '@sagawright/shared/contracts';
import { Badge, Button, EmptyState, Time } from '../../ui/index.js';
import { EventsFrame } from '../EventsFrame.js';
import { ListAndDetail } from '../ListAndDetail.js';
import { Listing, Row, rowLink } from '../Listing.js';
import { replaysQuery } from './queries.js';
import { ReplayDialog } from './ReplayDialog.js';
import { ReplayPanel } from './ReplayPanel.js';
import { foundBy, STATUS, targetsOf } from './words.js';

export interface ReplaysPageProps {
  /** Id of the replay that is looked at. */
  readonly replay?: string | undefined;
}

/** Replays: going back in the event store, for real or in a dry run. */
export function ReplaysPage({ replay }: ReplaysPageProps): ReactElement {
  const navigate = useNavigate();
  const replays = useQuery(replaysQuery);
  const [asking, setAsking] = useState(false);
  const items = replays.data?.items ?? [];
  const close = (): void => void navigate({ to: '/events/replays', replace: true });
  const ask = (
    <Button
      variant="primary"
      onClick={() => {
        setAsking(true);
      }}
    >
      <RotateCcw size={14} aria-hidden="true" />
      New replay
    </Button>
  );
  return (
    <EventsFrame part="/events/replays" actions={ask}>
      <ListAndDetail
        name="Replay"
        onClose={close}
        detail={replay === undefined ? null : <ReplayPanel key={replay} id={replay} />}
        list={
          <Listing
            label="Replays"
            query={replays}
            items={items}
            row={(each) => <ReplayRow key={each.id} replay={each} chosen={each.id === replay} />}
            empty={
              <EmptyState icon={<History size={18} aria-hidden="true" />} title="Nothing has been replayed">
                Take events of the past: see in a dry run what a changed workflow would decide about them, without
                calling anybody, or start their runs once more.
              </EmptyState>
            }
          />
        }
      />
      {asking && (
        <ReplayDialog
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </EventsFrame>
  );
}

function ReplayRow({ replay, chosen }: { readonly replay: Replay; readonly chosen: boolean }): ReactElement {
  const { word, tone } = STATUS[replay.status];
  return (
    <Row chosen={chosen}>
      <div className="min-w-0 flex-1 basis-48">
        <Link
          to="/events/replays"
          search={{ replay: replay.id }}
          aria-current={chosen ? 'true' : undefined}
          className={rowLink}
        >
          {replay.mode === 'dry-run' ? 'Dry run of' : 'Replay to'} {targetsOf(replay)}
        </Link>
        <p className="truncate text-12 text-muted">{foundBy(replay)}</p>
      </div>
      {replay.status === 'running' && <Progress replay={replay} />}
      <Badge tone={tone}>{word}</Badge>
      <p className="text-12 whitespace-nowrap text-muted">
        <Time at={replay.createdAt} className="relative" />
      </p>
    </Row>
  );
}

/** How much of its events it has gone through. */
export function Progress({ replay }: { readonly replay: Pick<Replay, 'seen' | 'total'> }): ReactElement {
  const { seen, total } = replay;
  return (
    <progress
      aria-label={`${String(seen)} of ${String(total)} events`}
      max={Math.max(1, total)}
      value={seen}
      className="h-1.5 w-24 overflow-hidden rounded-pill bg-idle-tint accent-accent"
    />
  );
}
