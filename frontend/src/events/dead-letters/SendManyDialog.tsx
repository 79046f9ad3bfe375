import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { client, keys } from '../../api/index.js';
import { Button, Dialog, Field, Input } from '../../ui/index.js';
import { counted } from '../count.js';
import { ProblemNote } from '../../forms/ProblemNote.js';
import { letterKeys } from './queries.js';
import type { LetterFilter } from './queries.js';

export interface SendManyDialogProps {
  readonly filter: LetterFilter;
  readonly onClose: () => void;
}

interface Progress {
  readonly sent: number;
  readonly failed: readonly { readonly id: string; readonly message: string }[];
  /** Where the next request begins; null = there are no more. */
  readonly cursor: string | null | undefined;
}

const NOTHING: Progress = { sent: 0, failed: [], cursor: undefined };
/** So many refusals are listed; the letters themselves keep all reasons. */
const LISTED = 50;

/** Sends every open letter of the filter again, request by request, and shows how far it is. */
export function SendManyDialog({ filter, onClose }: SendManyDialogProps): ReactElement {
  const queries = useQueryClient();
  const [note, setNote] = useState('');
  const [progress, setProgress] = useState<Progress>(NOTHING);
  const [going, setGoing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );

  async function send(): Promise<void> {
    stopped.current = false;
    setGoing(true);
    setError(null);
    let so = progress;
    try {
      while (so.cursor !== null && !stopped.current) {
        const answer = await client.redriveDeadLetters({ body: { filter, note, cursor: so.cursor } });
        so = {
          sent: so.sent + answer.redriven,
          failed: [...so.failed, ...answer.failed],
          cursor: answer.nextCursor,
        };
        setProgress(so);
      }
    } catch (problem) {
      setError(problem);
    }
    setGoing(false);
    for (const queryKey of [letterKeys.all, keys.runs]) void queries.invalidateQueries({ queryKey });
  }

  const done = progress.cursor === null;
  const begun = progress.cursor !== undefined;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Send letters again"
      description="Every open letter that is listed by this filter, also those further down, is judged anew. What goes on starts its runs; what does not stays open with its new reason."
      actions={
        <>
          <Button onClick={onClose}>{begun ? 'Close' : 'Cancel'}</Button>
          {going && (
            <Button
              onClick={() => {
                stopped.current = true;
              }}
            >
              Stop
            </Button>
          )}
          {!done && (
            <Button variant="primary" busy={going} onClick={() => void send()}>
              {begun ? 'Go on' : 'Send again'}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <ProblemNote error={error} />
        {!begun && (
          <Field label="Note" help="Why; it stands in each letter and in the audit log.">
            <Input
              maxLength={2000}
              value={note}
              onChange={(event) => {
                setNote(event.target.value);
              }}
            />
          </Field>
        )}
        {(begun || going) && (
          <p role="status" className="text-13">
            {counted(progress.sent, 'letter')} sent again, {progress.failed.length} did not go on.
            {done ? ' That were all.' : going ? ' Going on…' : ' Stopped.'}
          </p>
        )}
        {progress.failed.length > 0 && (
          <ul aria-label="What did not go on" className="flex flex-col gap-1 text-13">
            {progress.failed.slice(0, LISTED).map(({ id, message }) => (
              <li key={id} className="[overflow-wrap:anywhere]">
                <Link
                  to="/events/dead-letters"
                  search={{ letter: id }}
                  className="font-mono text-12 text-accent hover:underline"
                  onClick={onClose}
                >
                  {id.slice(-8)}
                </Link>{' '}
                {message}
              </li>
            ))}
            {progress.failed.length > LISTED && (
              <li className="text-muted">and {progress.failed.length - LISTED} more</li>
            )}
          </ul>
        )}
      </div>
    </Dialog>
  );
}
