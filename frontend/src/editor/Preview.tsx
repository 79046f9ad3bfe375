/** One line under a field: what its expressions come to with the data at hand, while one types (E60). */
import type { TemplateScope } from '@sagawright/shared/expression';
import { useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { typeOf } from './data-tree.js';
import { previewNow, previewSlowly, templateOf } from './preview.js';
import type { Previewed } from './preview.js';

/** Expressions off the fast path wait until typing pauses. */
const PAUSE_MS = 120;

export function Preview({
  text,
  json,
  scope,
}: {
  readonly text: string;
  readonly json: boolean;
  readonly scope: TemplateScope;
}): ReactElement | null {
  const shown = usePreview(text, json, scope);
  if (!shown) return null;
  if (shown.kind === 'problem') {
    return (
      <p className="template-preview" data-preview="problem">
        With this data: {shown.message}
      </p>
    );
  }
  const { value } = shown;
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <p className="template-preview" data-preview="value">
      <span aria-hidden="true">=</span>
      <code title={written.slice(0, 2000)}>
        {value === null ? 'nothing' : value === '' ? 'empty text' : written.slice(0, 300)}
      </code>
      {value !== null && <span className="shrink-0">{typeOf(value)}</span>}
    </p>
  );
}

function usePreview(text: string, json: boolean, scope: TemplateScope): Previewed | null {
  const template = useMemo(() => templateOf(text, json), [text, json]);
  const now = useMemo(() => (template === null ? null : previewNow(template, scope)), [template, scope]);
  const [slow, setSlow] = useState<{ readonly text: string; readonly result: Previewed } | null>(null);
  const needed = template !== null && now === null;
  useEffect(() => {
    if (!needed) return;
    let gone = false;
    const timer = setTimeout(() => {
      void previewSlowly(template, scope, Date.now()).then((result) => {
        if (!gone) setSlow({ text, result });
      });
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [needed, template, scope, text]);
  // The last answer stays while the next is worked out, so that the line does not flicker.
  return needed ? (slow?.result ?? null) : now;
}
