import type { ReactElement } from 'react';
import { problemOf } from '../api/index.js';

/** Why what was asked for was refused, in the form that asked; nothing as long as nothing was. */
export function ProblemNote({ error }: { readonly error: unknown }): ReactElement | null {
  if (error === null || error === undefined) return null;
  const { detail, fields } = problemOf(error);
  // A single mistake is often the whole reason, and is then said once.
  const places = fields.filter(({ message }) => !detail.includes(message));
  return (
    <div
      role="alert"
      className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text [overflow-wrap:anywhere]"
    >
      <p>{detail}</p>
      {places.length > 0 && (
        <ul className="mt-1 list-disc pl-4 text-12">
          {places.map(({ path, message }, index) => (
            <li key={index}>
              <code className="font-mono">{path.replace(/^body\./, '')}</code>: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
