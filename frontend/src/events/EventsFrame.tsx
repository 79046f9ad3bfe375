import { useNavigate } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { Page } from '../app/Page.js';
import { Tabs } from '../ui/index.js';

/** The parts of the events room, by their addresses. */
const PARTS = [
  { value: '/events', label: 'Stored' },
  { value: '/events/types', label: 'Types' },
  { value: '/events/dead-letters', label: 'Dead letters' },
  { value: '/events/order', label: 'Order' },
  { value: '/events/endpoints', label: 'Endpoints' },
  { value: '/events/replays', label: 'Replays' },
] as const;

export type EventsPart = (typeof PARTS)[number]['value'];

export interface EventsFrameProps {
  readonly part: EventsPart;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** What every part of the events room stands in: the title, and the way to the other parts. */
export function EventsFrame({ part, actions, children }: EventsFrameProps): ReactElement {
  const navigate = useNavigate();
  return (
    <Page title="Events" fill actions={actions}>
      <div className="shrink-0 border-b border-border bg-surface px-2 md:px-4">
        <Tabs
          label="Parts of the event store"
          value={part}
          items={PARTS}
          onChange={(to) => {
            void navigate({ to });
          }}
        />
      </div>
      {children}
    </Page>
  );
}
