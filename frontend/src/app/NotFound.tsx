import { Link } from '@tanstack/react-router';
import { MapPinOff } from 'lucide-react';
import type { ReactElement } from 'react';
import { EmptyState, buttonClass } from '../ui/index.js';
import { useTitle } from './Page.js';

export function NotFound(): ReactElement {
  useTitle('Not found');
  return (
    <EmptyState
      icon={<MapPinOff size={18} aria-hidden="true" />}
      title="There is nothing at this address"
      action={
        <Link to="/workflows" className={buttonClass('secondary')}>
          Go to the workflows
        </Link>
      }
    >
      The link may be old, or what it led to has been removed.
    </EmptyState>
  );
}
