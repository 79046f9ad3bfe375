import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactElement } from 'react';
import type { RunState, SagaDefinition } from '@sagawright/shared/saga';
import { itemPath, scopeAt } from '@sagawright/shared/saga';
import type { BodyState, ShownLoop } from '../canvas/run-bodies.js';
import { Button, IconButton, Input, Select } from '../ui/index.js';
import { instanceName } from './attempts.js';

export interface LoopBarProps {
  readonly definition: SagaDefinition;
  readonly state: RunState;
  /** Outer loops first. */
  readonly loops: readonly ShownLoop[];
  readonly onChoose: (loop: ShownLoop, index: number) => void;
}

const WORDS: Record<BodyState, string> = {
  running: 'at work',
  blocked: 'needs a person',
  undoing: 'stopping',
  failed: 'failed',
  done: 'done',
};
/** Chooses the item or pass of each loop that the views show (E85); what went wrong is one click away. */
export function LoopBar({ definition, state, loops, onChoose }: LoopBarProps): ReactElement | null {
  if (loops.length === 0) return null;
  return (
    <section
      aria-label="Loops"
      className="flex shrink-0 flex-wrap items-center gap-x-6 gap-y-1 border-b border-border bg-surface px-4 py-1 md:px-6"
    >
      {loops.map((loop) => (
        <LoopPicker
          key={loop.path}
          loop={loop}
          name={instanceName(definition, loop.instance)}
          state={state}
          onChoose={(index) => {
            onChoose(loop, index);
          }}
        />
      ))}
    </section>
  );
}

interface LoopPickerProps {
  readonly loop: ShownLoop;
  readonly name: string;
  readonly state: RunState;
  readonly onChoose: (index: number) => void;
}

function LoopPicker({ loop, name, state, onChoose }: LoopPickerProps): ReactElement {
  const { opened, listed, wrong, index, kind, path, total } = loop;
  const word = kind === 'for-each' ? 'item' : 'pass';
  const next = wrong.find((each) => each > index) ?? wrong[0];
  const all = total ?? opened;
  return (
    <div
      role="group"
      aria-label={`${name}: ${word} ${String(index + 1)} of ${String(all)}`}
      className="flex items-center gap-1.5 text-12"
    >
      <span className="max-w-40 shrink-0 truncate font-medium">{name}</span>
      <IconButton
        label={`Previous ${word}`}
        disabled={index === 0}
        onClick={() => {
          onChoose(index - 1);
        }}
      >
        <ChevronLeft size={14} aria-hidden="true" />
      </IconButton>
      {listed.length > 0 ? (
        <Select
          compact
          className="tabular w-40"
          label={`${name}, ${word}`}
          value={String(index)}
          options={listed.map((each) => ({
            value: String(each.index),
            label: `${String(each.index + 1)} of ${String(all)} · ${WORDS[each.state]}`,
            ...preview(kind === 'for-each' ? scopeAt(state, itemPath(path, each.index))?.item : undefined),
          }))}
          onChange={(value) => {
            onChoose(Number(value));
          }}
        />
      ) : (
        <>
          <Input
            aria-label={`${name}, number of the ${word}`}
            className="tabular h-7 w-20 text-12"
            type="number"
            min={1}
            max={opened}
            value={index + 1}
            onChange={(event) => {
              const chosen = Number(event.target.value);
              if (Number.isInteger(chosen) && chosen >= 1 && chosen <= opened) onChoose(chosen - 1);
            }}
          />
          <span className="tabular text-muted">of {all}</span>
        </>
      )}
      <IconButton
        label={`Next ${word}`}
        disabled={index >= opened - 1}
        onClick={() => {
          onChoose(index + 1);
        }}
      >
        <ChevronRight size={14} aria-hidden="true" />
      </IconButton>
      {next !== undefined && (
        <Button
          size="compact"
          variant="danger"
          onClick={() => {
            onChoose(next);
          }}
        >
          {wrong.length} failed
          <span className="sr-only">, show the next</span>
        </Button>
      )}
    </div>
  );
}

/** The beginning of an item, so that it can be told from the others. */
function preview(item: unknown): { readonly description?: string } {
  if (item === undefined || item === null) return {};
  const text = typeof item === 'string' ? item : JSON.stringify(item);
  return { description: text.length > 48 ? `${text.slice(0, 47)}…` : text };
}
