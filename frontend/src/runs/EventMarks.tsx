import { Link } from '@tanstack/react-router';
import { History, MailCheck, Radio, Shapes } from 'lucide-react';
import type { ReactElement } from 'react';
import type { Run } from '@sagawright/shared/contracts';

const mark = 'flex min-h-6 items-center gap-1 rounded-tag text-accent hover:underline';

/** Where a run's event is found again, and what was done to it before: replayed, sent again, brought to another version. */
export function EventMarks({ event }: Pick<Run, 'event'>): ReactElement {
  const { id, source, type, headers } = event;
  const replay = headers['ce-replayid'];
  const letter = headers['ce-redriveid'];
  const version = headers['ce-schemaversion'];
  const cast = headers['ce-schemacast'];
  return (
    <>
      <div>
        <dt>Event</dt>
        <dd>
          <Link
            to="/events"
            search={{ id, source }}
            title="The event that started this run, in the store"
            className={mark}
          >
            <Radio size={13} aria-hidden="true" />
            <span className="max-w-48 truncate">{type}</span>
          </Link>
        </dd>
      </div>
      {version !== undefined && (
        <div>
          <dt>Schema</dt>
          <dd>
            <Link
              to="/events/types"
              search={{ type }}
              title={
                cast === undefined
                  ? 'The version of its schema that this run got the event in'
                  : `The version of its schema that this run got the event in; it was brought there ${cast}`
              }
              className={mark}
            >
              <Shapes size={13} aria-hidden="true" />
              <span className="sm:sr-only">Schema</span>v{version}
              {cast !== undefined && <span className="text-muted">({cast})</span>}
            </Link>
          </dd>
        </div>
      )}
      {replay !== undefined && (
        <div>
          <dt className="sr-only">Replay</dt>
          <dd>
            <Link
              to="/events/replays"
              search={{ replay }}
              title="A replay started this run, beside the one that the event had started"
              className={mark}
            >
              <History size={13} aria-hidden="true" />
              Replayed
            </Link>
          </dd>
        </div>
      )}
      {letter !== undefined && (
        <div>
          <dt className="sr-only">Dead letter</dt>
          <dd>
            <Link
              to="/events/dead-letters"
              search={{ letter, status: 'all' }}
              title="The event had been put aside, and was sent again"
              className={mark}
            >
              <MailCheck size={13} aria-hidden="true" />
              Sent again
            </Link>
          </dd>
        </div>
      )}
    </>
  );
}
