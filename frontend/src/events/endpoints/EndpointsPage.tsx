import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Megaphone, Plus } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Endpoint } from '@sagawright/shared/contracts';
import { Badge, Button, EmptyState } from '../../ui/index.js';
import { counted } from '../count.js';
import { EventsFrame } from '../EventsFrame.js';
import { ListAndDetail } from '../ListAndDetail.js';
import { Listing, Row, rowLink } from '../Listing.js';
import { EndpointDialog } from './EndpointDialog.js';
import { EndpointPanel } from './EndpointPanel.js';
import { endpointsQuery } from './queries.js';
import { ENDPOINT_WORDS, typesOf } from './words.js';

export interface EndpointsPageProps {
  /** Id of the endpoint that is looked at. */
  readonly endpoint?: string | undefined;
}

/** Endpoints: whom the workspace tells of its events, and how that goes. */
export function EndpointsPage({ endpoint }: EndpointsPageProps): ReactElement {
  const navigate = useNavigate();
  const endpoints = useQuery(endpointsQuery);
  const [making, setMaking] = useState(false);
  const close = (): void => void navigate({ to: '/events/endpoints', replace: true });
  return (
    <EventsFrame
      part="/events/endpoints"
      actions={
        <Button
          variant="primary"
          onClick={() => {
            setMaking(true);
          }}
        >
          <Plus size={14} aria-hidden="true" />
          New endpoint
        </Button>
      }
    >
      <ListAndDetail
        name="Endpoint"
        onClose={close}
        detail={endpoint === undefined ? null : <EndpointPanel key={endpoint} id={endpoint} onGone={close} />}
        list={
          <Listing
            label="Endpoints"
            query={endpoints}
            items={endpoints.data?.items ?? []}
            row={(each) => <EndpointRow key={each.id} endpoint={each} chosen={each.id === endpoint} />}
            empty={
              <EmptyState icon={<Megaphone size={18} aria-hidden="true" />} title="Nobody is told of your events">
                An endpoint is an address of another system. Events that it wants are sent there as signed webhooks,
                again and again until they are taken, and each attempt is kept to look at.
              </EmptyState>
            }
          />
        }
      />
      {making && (
        <EndpointDialog
          endpoint={null}
          onClose={() => {
            setMaking(false);
          }}
          onMade={(id) => {
            void navigate({ to: '/events/endpoints', search: { endpoint: id } });
          }}
        />
      )}
    </EventsFrame>
  );
}

function EndpointRow({ endpoint, chosen }: { readonly endpoint: Endpoint; readonly chosen: boolean }): ReactElement {
  const { word, tone } = ENDPOINT_WORDS[endpoint.status];
  return (
    <Row chosen={chosen}>
      <div className="min-w-0 flex-1 basis-56">
        <Link
          to="/events/endpoints"
          search={{ endpoint: endpoint.id }}
          aria-current={chosen ? 'true' : undefined}
          className={rowLink}
        >
          {endpoint.name}
        </Link>
        <p className="truncate text-12 text-muted">{endpoint.url}</p>
        <p className="truncate text-12 text-muted">{typesOf(endpoint)}</p>
      </div>
      {endpoint.pending > 0 && (
        <p className="text-12 whitespace-nowrap text-muted">
          {counted(endpoint.pending, 'delivery', 'deliveries')} waiting
        </p>
      )}
      <Badge tone={tone}>{word}</Badge>
    </Row>
  );
}
