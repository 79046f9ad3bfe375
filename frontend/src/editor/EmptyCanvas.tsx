/** What an empty drawing asks for first: something that starts a run. */
import type { ReactElement } from 'react';
import { StepIcon } from '../canvas/index.js';
import { Button } from '../ui/index.js';
import { START_GROUP, STEP_ITEMS } from './step-items.js';

export function EmptyCanvas({ onPick }: { readonly onPick: (item: string) => void }): ReactElement {
  return (
    <div className="pointer-events-none absolute inset-0 grid place-items-center p-6">
      <div className="pointer-events-auto max-w-xl text-center">
        <p className="text-14 font-semibold">Start with a trigger</p>
        <p className="mt-1 mb-3 text-13 text-muted">It says what starts a run. Then draw what happens next.</p>
        <div className="flex flex-wrap justify-center gap-2">
          {STEP_ITEMS.filter((item) => item.group === START_GROUP && item.connector === undefined).map((item) => (
            <Button
              key={item.key}
              title={item.description}
              onClick={() => {
                onPick(item.key);
              }}
            >
              <StepIcon icon={item.icon} size={14} /> {item.title}
            </Button>
          ))}
        </div>
      </div>
    </div>
  );
}
