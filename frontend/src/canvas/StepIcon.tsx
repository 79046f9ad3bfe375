import type { LucideIcon } from 'lucide-react';
import { createElement } from 'react';
import type { ReactElement } from 'react';

/** An icon that was looked up in a table. */
export function StepIcon({
  icon,
  size,
  className,
}: {
  readonly icon: LucideIcon;
  readonly size: number;
  readonly className?: string;
}): ReactElement {
  return createElement(icon, { size, strokeWidth: 1.8, className, 'aria-hidden': true });
}
