import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { entrySchema } from '@sagawright/shared/saga';
import type { Entry } from '@sagawright/shared/saga';
import { streamUrl } from '@sagawright/shared/contracts';
import type { Run } from '@sagawright/shared/contracts';
import { client, keys, openEventStream } from '../api/index.js';
import type { StreamStatus } from '../api/index.js';
import { EMPTY_STORY, foldEntries } from './fold.js';
import type { RunStory } from './fold.js';

const PAGE = 1000;

export interface LiveStory {
  readonly story: RunStory;
  /** The journal up to the moment of opening has been read. */
  readonly loaded: boolean;
  readonly connection: StreamStatus;
  readonly error: unknown;
  readonly reload: () => void;
  /** Something has been asked of the ended run: waits for what follows its end, however long that takes. */
  readonly goesOn: () => void;
}

/** Between two looks at the journal of an ended run that is about to go on. */
const LOOK_AGAIN_MS = 400;

/**
 * The journal of a run, read to its end and then followed live. Entries are folded once per animation frame, however
 * many arrive; a hole in what arrives is filled from the journal before anything behind it is shown (R14).
 */
export function useRunStory(run: Run): LiveStory {
  const queries = useQueryClient();
  const { id, definition } = run;
  const [story, setStory] = useState<RunStory>(EMPTY_STORY);
  const [loaded, setLoaded] = useState(false);
  const [connection, setConnection] = useState<StreamStatus>('connecting');
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const latest = useRef(EMPTY_STORY);
  /** An ended run is looked at until its journal is longer than this. */
  const beyond = useRef(0);

  useEffect(() => {
    let gone = false;
    let current = latest.current;
    let looking: ReturnType<typeof setTimeout> | null = null;
    let closeStream: (() => void) | null = null;
    let pending: Entry[] = [];
    let frame: { cancel: () => void } | null = null;
    let filling = false;

    const ended = (): boolean => current.entries.at(-1)?.type === 'run.ended';

    function show(next: RunStory): void {
      if (next === current || gone) return;
      current = next;
      latest.current = next;
      setStory(next);
      if (!ended()) return;
      closeStream?.();
      setConnection('closed');
      void queries.invalidateQueries({ queryKey: keys.run(id) });
    }

    async function readToEnd(): Promise<void> {
      for (;;) {
        const page = await client.getJournal({ params: { id }, query: { after: current.entries.length, limit: PAGE } });
        if (gone) return;
        show(foldEntries(definition, current, page.items).story);
        if (!page.more || page.items.length === 0) return;
      }
    }

    function flush(): void {
      frame = null;
      const incoming = pending;
      pending = [];
      const { story: next, gap } = foldEntries(definition, current, incoming);
      show(next);
      if (!gap || filling) return;
      filling = true;
      readToEnd()
        .catch(() => undefined)
        .finally(() => {
          filling = false;
        });
    }

    function follow(): void {
      closeStream = openEventStream({
        url: streamUrl('', 'liveRun', { params: { id } }),
        lastEventId: String(current.entries.length),
        onStatus: setConnection,
        onEvent: ({ event, data }) => {
          if (event !== 'entry') return;
          const entry = entrySchema.safeParse(JSON.parse(data));
          if (!entry.success) return;
          pending.push(entry.data);
          frame ??= nextFrame(flush);
        },
      });
    }

    function begin(): void {
      readToEnd().then(
        () => {
          if (gone) return;
          setLoaded(true);
          if (!ended()) follow();
          else if (current.entries.length <= beyond.current) looking = setTimeout(begin, LOOK_AGAIN_MS);
          else setConnection('closed');
        },
        (reason: unknown) => {
          if (!gone) setError(reason);
        },
      );
    }
    begin();
    return () => {
      gone = true;
      if (looking !== null) clearTimeout(looking);
      closeStream?.();
      frame?.cancel();
    };
  }, [id, definition, queries, round]);

  return {
    story,
    loaded,
    connection,
    error,
    reload: () => {
      setError(null);
      setRound(round + 1);
    },
    goesOn: () => {
      beyond.current = latest.current.entries.length;
      setRound(round + 1);
    },
  };
}

/** The next animation frame, or a moment later where a hidden page gets no frames. */
function nextFrame(run: () => void): { cancel: () => void } {
  if (document.hidden) {
    const timer = setTimeout(run, 100);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  }
  const frame = requestAnimationFrame(run);
  return {
    cancel: () => {
      cancelAnimationFrame(frame);
    },
  };
}
