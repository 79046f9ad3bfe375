import type { ReactElement } from 'react';
import { classNames } from './class-names.js';
import { CopyButton } from './CopyButton.js';

export interface CodeBlockProps {
  readonly code: string;
  readonly label: string;
  /** Break long lines instead of scrolling. */
  readonly wrap?: boolean;
  readonly className?: string;
}

export function CodeBlock({ code, label, wrap = false, className }: CodeBlockProps): ReactElement {
  return (
    <div className={classNames('relative rounded-card border border-border bg-canvas', className)}>
      <pre
        // Scrollable regions must be reachable by keyboard.
        tabIndex={0}
        aria-label={label}
        className={classNames(
          'max-h-96 overflow-auto rounded-card p-3 pr-11 font-mono text-12 leading-[18px]',
          wrap && 'whitespace-pre-wrap break-words',
        )}
      >
        {code}
      </pre>
      <CopyButton value={code} label={`Copy ${label}`} className="absolute top-1.5 right-1.5 bg-canvas" />
    </div>
  );
}
