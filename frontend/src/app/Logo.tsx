import type { ReactElement } from 'react';

/** The mark: a line that goes forward and finds its way back. */
export function Logo({ size = 24 }: { readonly size?: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#5B5BD6" />
      <g fill="none" stroke="#fff" strokeLinecap="round" strokeLinejoin="round" strokeWidth="2.5">
        <path d="M7.5 12h14a4 4 0 0 1 0 8H14" />
        <path d="m17.5 16.2-4 3.8 4 3.8" />
      </g>
      <circle cx="7.5" cy="12" r="2.5" fill="#fff" />
    </svg>
  );
}
