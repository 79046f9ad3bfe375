import { useEffect, useState } from 'react';
import { streamUrl, tailedEventSchema } from '@sagawright/shared/contracts';
import type { EventSummary } from '@sagawright/shared/contracts';
import { openEventStream } from '../../api/index.js';
import type { EventSearch } from './queries.js';

/** So many of the latest are kept. */
const MOST = 200;

export interface Tail {
  /** Newest first. */
  readonly events: readonly EventSummary[];
  readonly open: boolean;
}

/** Events as they are stored, as long as it is on. */
export function useTail(on: boolean, { type, source, subject }: EventSearch): Tail {
  const [events, setEvents] = useState<readonly EventSummary[]>([]);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!on) return;
    const close = openEventStream({
      url: streamUrl('', 'tailEvents', { query: { type, source, subject } }),
      onStatus: (status) => {
        setOpen(status === 'open');
      },
      onEvent: ({ event, data }) => {
        if (event !== 'event') return;
        const told = tailedEventSchema.safeParse(JSON.parse(data));
        if (!told.success) return;
        setEvents((before) => [{ ...told.data, runs: 0 }, ...before].slice(0, MOST));
      },
    });
    return () => {
      close();
      setEvents([]);
      setOpen(false);
    };
  }, [on, type, source, subject]);
  return { events, open };
}
