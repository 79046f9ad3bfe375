import type { ReactElement } from 'react';
import type { DeadLetter } from '@sagawright/shared/contracts';

/** Where an event's data is at fault; nothing when no place is known. */
export function Faults({ problems }: Pick<DeadLetter, 'problems'>): ReactElement | null {
  if (problems.length === 0) return null;
  return (
    <ul aria-label="Where the data is at fault" className="flex flex-col gap-1 text-13">
      {problems.map(({ path, message }, index) => (
        <li key={index} className="rounded-input bg-failed-tint px-2.5 py-1 [overflow-wrap:anywhere]">
          <code className="font-mono text-12 font-semibold">{path === '' ? '(the data as a whole)' : path}</code>{' '}
          {message}
        </li>
      ))}
    </ul>
  );
}
