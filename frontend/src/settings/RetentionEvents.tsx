import { Plus, Trash2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button, IconButton, Input } from '../ui/index.js';
import { readDays } from './retention-days.js';

/** How long events of some types are kept, as it is typed. */
export interface TypedPattern {
  readonly pattern: string;
  readonly days: string;
}

export interface RetentionEventsProps {
  readonly events: readonly TypedPattern[];
  readonly onChange: (events: readonly TypedPattern[]) => void;
}

/** Which events are kept how long; the longest of the patterns that a type matches counts. */
export function RetentionEvents({ events, onChange }: RetentionEventsProps): ReactElement {
  const replace = (at: number, next: Partial<TypedPattern>): void => {
    onChange(events.map((each, index) => (index === at ? { ...each, ...next } : each)));
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-12 font-medium">Events, by type</legend>
      {events.map(({ pattern, days }, index) => (
        <div key={index} className="flex items-center gap-2">
          <Input
            aria-label={`Type or its beginning, ${String(index + 1)}`}
            placeholder="order.*"
            className="max-w-72"
            value={pattern}
            onChange={(event) => {
              replace(index, { pattern: event.target.value });
            }}
          />
          <Input
            aria-label={`Days, ${String(index + 1)}`}
            aria-invalid={readDays(days) === undefined ? true : undefined}
            inputMode="numeric"
            placeholder="for ever"
            className="max-w-24"
            value={days}
            onChange={(event) => {
              replace(index, { days: event.target.value });
            }}
          />
          <IconButton
            label={`Remove ${pattern === '' ? 'this line' : pattern}`}
            onClick={() => {
              onChange(events.filter((_, each) => each !== index));
            }}
          >
            <Trash2 size={14} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
      <p className="text-12 text-muted">
        {events.length === 0
          ? 'Every event is kept for 30 days.'
          : 'A type, the beginning of one with * behind it, or *. The longest pattern that matches counts; what none matches is kept for 30 days.'}
      </p>
      <div>
        <Button
          size="compact"
          onClick={() => {
            onChange([...events, { pattern: '', days: '30' }]);
          }}
        >
          <Plus size={14} aria-hidden="true" />
          Add types
        </Button>
      </div>
    </fieldset>
  );
}
