import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { MailCheck, Redo2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { DeadLetter } from '@sagawright/shared/contracts';
import { Badge, Button, EmptyState, Time } from '../../ui/index.js';
import { EventsFrame } from '../EventsFrame.js';
import { ListAndDetail } from '../ListAndDetail.js';
import { Listing, Row, rowLink } from '../Listing.js';
import { LetterBar } from './LetterBar.js';
import { LetterPanel } from './LetterPanel.js';
import { lettersQuery } from './queries.js';
import type { LetterSearch } from './queries.js';
import { SendManyDialog } from './SendManyDialog.js';
import { STATUS_WORDS, ownerOf } from './words.js';

export interface DeadLettersPageProps extends LetterSearch {
  /** Id of the letter that is looked at. */
  readonly letter?: string | undefined;
}

/** Dead letters: what did not go on, why, and what is done about it. */
export function DeadLettersPage({ letter, ...search }: DeadLettersPageProps): ReactElement {
  const navigate = useNavigate();
  const letters = useInfiniteQuery(lettersQuery(search));
  const [sending, setSending] = useState(false);
  const { status, ...filter } = search;
  const items = letters.data?.pages.flatMap((page) => page.items) ?? [];
  const narrowed = Object.values(filter).some((each) => each !== undefined);
  return (
    <EventsFrame
      part="/events/dead-letters"
      actions={
        status === undefined &&
        items.length > 0 && (
          <Button
            onClick={() => {
              setSending(true);
            }}
          >
            <Redo2 size={14} aria-hidden="true" />
            {narrowed ? 'Send these again' : 'Send all again'}
          </Button>
        )
      }
    >
      <LetterBar
        key={JSON.stringify(search)}
        search={search}
        onSearch={(next) => {
          void navigate({ to: '/events/dead-letters', search: next });
        }}
      />
      <ListAndDetail
        name="Dead letter"
        onClose={() => {
          void navigate({ to: '/events/dead-letters', search, replace: true });
        }}
        detail={letter === undefined ? null : <LetterPanel key={letter} id={letter} />}
        list={
          <Listing
            label="Dead letters"
            query={letters}
            items={items}
            row={(each) => (
              <LetterRow
                key={each.id}
                letter={each}
                chosen={each.id === letter}
                search={{ ...search, letter: each.id }}
              />
            )}
            empty={
              <EmptyState
                icon={<MailCheck size={18} aria-hidden="true" />}
                title={narrowed || status !== undefined ? 'No such letters' : 'No dead letters'}
              >
                {narrowed || status !== undefined
                  ? 'No dead letter is like that.'
                  : 'Events that fit no schema, chains of events that went on for too long, and deliveries that were given up are put aside here, with the reason, until you send them again or discard them.'}
              </EmptyState>
            }
          />
        }
      />
      {sending && (
        <SendManyDialog
          filter={filter}
          onClose={() => {
            setSending(false);
          }}
        />
      )}
    </EventsFrame>
  );
}

interface LetterRowProps {
  readonly letter: DeadLetter;
  readonly chosen: boolean;
  readonly search: DeadLettersPageProps;
}

function LetterRow({ letter, chosen, search }: LetterRowProps): ReactElement {
  const { word, tone } = STATUS_WORDS[letter.status];
  return (
    <Row chosen={chosen}>
      <div className="min-w-0 flex-1 basis-56">
        <Link to="/events/dead-letters" search={search} aria-current={chosen ? 'true' : undefined} className={rowLink}>
          {letter.event.type}
        </Link>
        <p className="truncate text-12 text-muted">
          {ownerOf(letter)} · {letter.event.id}
        </p>
        <p className="line-clamp-2 text-12 text-failed-text [overflow-wrap:anywhere]">{letter.message}</p>
      </div>
      {letter.status !== 'open' && <Badge tone={tone}>{word}</Badge>}
      {letter.attempts > 1 && <p className="text-12 whitespace-nowrap text-muted">{letter.attempts} attempts</p>}
      <p className="text-12 whitespace-nowrap text-muted">
        <Time at={letter.firstAt} className="relative" />
      </p>
    </Row>
  );
}
