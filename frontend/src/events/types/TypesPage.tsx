import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus, Shapes } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { SchemaSubjectView } from '@sagawright/shared/contracts';
import { Badge, Button, EmptyState, Input } from '../../ui/index.js';
import { counted } from '../count.js';
import { EventsFrame } from '../EventsFrame.js';
import { ListAndDetail } from '../ListAndDetail.js';
import { Listing, Row, rowLink } from '../Listing.js';
import { NewTypeDialog } from './NewTypeDialog.js';
import { typesQuery } from './queries.js';
import { TypePanel } from './TypePanel.js';
import { policyOf } from './words.js';

export interface TypesPageProps {
  readonly search?: string | undefined;
  /** The type that is looked at. */
  readonly type?: string | undefined;
}

/** Types of events: what their data looks like, and what becomes of events that look otherwise. */
export function TypesPage({ search, type }: TypesPageProps): ReactElement {
  const navigate = useNavigate();
  const types = useInfiniteQuery(typesQuery(search ?? ''));
  const [text, setText] = useState(search ?? '');
  const [making, setMaking] = useState(false);
  return (
    <EventsFrame
      part="/events/types"
      actions={
        <Button
          variant="primary"
          onClick={() => {
            setMaking(true);
          }}
        >
          <Plus size={14} aria-hidden="true" />
          New type
        </Button>
      }
    >
      <form
        role="search"
        aria-label="Search types"
        className="flex shrink-0 gap-2 border-b border-border bg-surface px-4 py-2 md:px-6"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = text.trim();
          void navigate({ to: '/events/types', search: wanted === '' ? {} : { search: wanted } });
        }}
      >
        <Input
          compact
          type="search"
          aria-label="Part of the type's name"
          placeholder="Part of the type's name"
          className="max-w-80"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
        <Button size="compact" type="submit">
          Search
        </Button>
      </form>
      <ListAndDetail
        name="Type"
        onClose={() => {
          void navigate({ to: '/events/types', search: { search }, replace: true });
        }}
        detail={type === undefined ? null : <TypePanel key={type} type={type} />}
        list={
          <Listing
            label="Types of events"
            query={types}
            items={types.data?.pages.flatMap((page) => page.items) ?? []}
            row={(each) => (
              <TypeRow
                key={each.type}
                subject={each}
                chosen={each.type === type}
                search={{ search, type: each.type }}
              />
            )}
            empty={
              <EmptyState
                icon={<Shapes size={18} aria-hidden="true" />}
                title={search === undefined ? 'No types are described' : 'No such type'}
              >
                {search === undefined
                  ? 'Say what the data of a type of event looks like: then events that look otherwise are marked or put aside, and a change that would break a live workflow is seen before it is published. A schema can be drafted from the events that came.'
                  : 'No described type has that in its name.'}
              </EmptyState>
            }
          />
        }
      />
      {making && (
        <NewTypeDialog
          onClose={() => {
            setMaking(false);
          }}
        />
      )}
    </EventsFrame>
  );
}

interface TypeRowProps {
  readonly subject: SchemaSubjectView & { readonly deadLetters: number };
  readonly chosen: boolean;
  readonly search: TypesPageProps;
}

function TypeRow({ subject, chosen, search }: TypeRowProps): ReactElement {
  const { type, latest, deadLetters } = subject;
  return (
    <Row chosen={chosen}>
      <div className="min-w-0 flex-1 basis-48">
        <Link to="/events/types" search={search} aria-current={chosen ? 'true' : undefined} className={rowLink}>
          {type}
        </Link>
        <p className="truncate text-12 text-muted">{policyOf(subject)}</p>
      </div>
      {deadLetters > 0 && (
        <Link
          to="/events/dead-letters"
          search={{ type }}
          className="relative rounded-pill bg-failed-tint px-2 text-12 text-failed-text hover:underline"
        >
          {counted(deadLetters, 'dead letter')}
        </Link>
      )}
      <Badge tone={latest === 0 ? 'idle' : 'done'}>
        {latest === 0 ? 'No version yet' : `Version ${String(latest)}`}
      </Badge>
    </Row>
  );
}
