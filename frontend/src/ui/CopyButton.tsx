import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { IconButton } from './Button.js';

export interface CopyButtonProps {
  readonly value: string | (() => string);
  readonly label?: string;
  readonly className?: string;
}

/** Copies and says so by its own mark for a moment. */
export function CopyButton({ value, label = 'Copy', className }: CopyButtonProps): ReactElement {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, 1500);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  return (
    <IconButton
      label={copied ? 'Copied' : label}
      className={className}
      tooltipSide="top"
      onClick={(event) => {
        event.stopPropagation();
        navigator.clipboard.writeText(typeof value === 'string' ? value : value()).then(
          () => {
            setCopied(true);
          },
          () => undefined,
        );
      }}
    >
      {copied ? <Check size={14} className="text-done" aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
    </IconButton>
  );
}
