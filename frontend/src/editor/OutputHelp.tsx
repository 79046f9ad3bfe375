/** What a step gives to those behind it, said where it is read. */
import { NODE_KINDS } from '@sagawright/shared/graph';
import type { NodeKind } from '@sagawright/shared/graph';
import type { ReactElement } from 'react';
import { kindWord } from '../canvas/index.js';
import { outputWords } from './output-words.js';

/** The words of one kind, its fields as code. */
export function OutputWords({ kind }: { readonly kind: NodeKind }): ReactElement {
  const parts = (outputWords(kind) ?? 'nothing').split('`');
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <code key={index} className="rounded-tag bg-idle-tint px-1 py-px text-11">
            {part}
          </code>
        ),
      )}
    </>
  );
}

const GIVING = NODE_KINDS.filter((kind) => outputWords(kind) !== null);

/** All kinds, folded until somebody asks. */
export function OutputTable(): ReactElement {
  return (
    <details className="text-12">
      <summary className="cursor-pointer rounded-tag text-muted hover:text-text">What each kind of step gives</summary>
      <dl
        className="mt-1.5 grid max-h-56 grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1.5 overflow-y-auto"
        tabIndex={0}
      >
        {GIVING.map((kind) => (
          <div key={kind} className="contents">
            <dt className="font-medium">{kindWord(kind)}</dt>
            <dd className="text-muted">
              <OutputWords kind={kind} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
