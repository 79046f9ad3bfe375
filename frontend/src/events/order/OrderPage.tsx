import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ListOrdered } from 'lucide-react';
import type { ReactElement } from 'react';
import { workflowsQuery } from '../../api/index.js';
import { EmptyState, Select } from '../../ui/index.js';
import { EventsFrame } from '../EventsFrame.js';
import { Listing } from '../Listing.js';
import { LaneRow } from './LaneRow.js';
import { lanesQuery } from './queries.js';
import type { LaneSearch } from './queries.js';

const STATES = [
  { value: 'all', label: 'All keys' },
  { value: 'blocked', label: 'Blocked' },
  { value: 'paused', label: 'Paused' },
] as const;

/** Order: the keys whose runs go one after another, and what stands in their way. */
export function OrderPage(search: LaneSearch): ReactElement {
  const navigate = useNavigate();
  const lanes = useInfiniteQuery(lanesQuery(search));
  const workflows = useInfiniteQuery(workflowsQuery(''));
  const { state = 'all', workflowId } = search;
  const go = (next: LaneSearch): void => void navigate({ to: '/events/order', search: next });
  const known = (workflows.data?.pages.flatMap((page) => page.items) ?? []).map(({ id, name }) => ({
    value: id,
    label: name,
  }));
  const narrowed = state !== 'all' || workflowId !== undefined;
  return (
    <EventsFrame part="/events/order">
      <div className="flex shrink-0 flex-wrap gap-2 border-b border-border bg-surface px-4 py-2 md:px-6">
        <Select
          compact
          className="w-36"
          label="State"
          value={state}
          options={STATES}
          onChange={(next) => {
            go({ ...search, state: next === 'all' ? undefined : next });
          }}
        />
        <Select
          compact
          className="w-56"
          label="Workflow"
          value={workflowId ?? ''}
          options={[{ value: '', label: 'Every workflow' }, ...known]}
          onChange={(next) => {
            go({ ...search, workflowId: next === '' ? undefined : next });
          }}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Listing
          label="Keys"
          query={lanes}
          items={lanes.data?.pages.flatMap((page) => page.items) ?? []}
          row={(lane) => <LaneRow key={`${lane.triggerId} ${lane.key}`} lane={lane} />}
          empty={
            <EmptyState
              icon={<ListOrdered size={18} aria-hidden="true" />}
              title={narrowed ? 'No such keys' : 'Nothing waits for its turn'}
            >
              {narrowed
                ? 'No key is in this state.'
                : 'Where a trigger keeps events of one key in order, such as those of one customer, the keys appear here as long as they hold a run; when a run fails and blocks its key, you let the others past it here.'}
            </EmptyState>
          }
        />
      </div>
    </EventsFrame>
  );
}
