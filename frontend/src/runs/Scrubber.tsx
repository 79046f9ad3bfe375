import { Pause, Play, Radio } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { Entry, SagaDefinition } from '@sagawright/shared/saga';
import { Button, IconButton, formatDuration } from '../ui/index.js';
import { entryWords } from './entry-words.js';

export interface ScrubberProps {
  readonly definition: SagaDefinition;
  readonly entries: readonly Entry[];
  /** Journal position looked at; null = the present. */
  readonly position: number | null;
  readonly onPosition: (position: number | null) => void;
}

/** Goes back along the journal: every view shows the run as it was after that entry (R35). */
export function Scrubber({ definition, entries, position, onPosition }: ScrubberProps): ReactElement | null {
  const [playing, setPlaying] = useState(false);
  const length = entries.length;
  const at = Math.min(position ?? length, length);

  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      const next = at + 1;
      if (next >= length) {
        setPlaying(false);
        onPosition(null);
      } else onPosition(next);
    }, 450);
    return () => {
      clearTimeout(timer);
    };
  }, [playing, at, length, onPosition]);

  const entry = entries[at - 1];
  const start = entries[0]?.at ?? 0;
  if (entry === undefined || length < 2) return null;
  const words = entryWords(definition, entry);
  return (
    <div className="flex h-10 shrink-0 items-center gap-2 border-t border-border bg-surface px-3">
      <IconButton
        label={playing ? 'Pause' : 'Play the run from its beginning'}
        tooltipSide="top"
        onClick={() => {
          if (!playing && position === null) onPosition(1);
          setPlaying(!playing);
        }}
      >
        {playing ? <Pause size={14} aria-hidden="true" /> : <Play size={14} aria-hidden="true" />}
      </IconButton>
      <input
        type="range"
        min={1}
        max={length}
        value={at}
        aria-label="Moment of the run"
        aria-valuetext={`Entry ${String(at)} of ${String(length)}: ${words.title}`}
        className="h-6 min-w-20 flex-1 accent-accent"
        onChange={(event) => {
          setPlaying(false);
          const next = Number(event.target.value);
          onPosition(next >= length ? null : next);
        }}
      />
      <span className="tabular hidden w-64 truncate text-12 text-muted sm:block">
        +{formatDuration(entry.at - start)} · {words.title}
      </span>
      {position !== null && (
        <Button
          size="compact"
          onClick={() => {
            setPlaying(false);
            onPosition(null);
          }}
        >
          <Radio size={12} aria-hidden="true" />
          Now
        </Button>
      )}
    </div>
  );
}
