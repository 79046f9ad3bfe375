import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { Fragment, useEffect } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { problemOf } from '../api/index.js';
import { Button, ErrorState, classNames } from '../ui/index.js';

export interface Crumb {
  readonly label: string;
  readonly to: '/workflows' | '/runs' | '/tasks' | '/settings' | '/demo-shop';
}

/** Sets the title of the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Sagawright`;
  }, [title]);
}

export interface PageProps {
  readonly title: string;
  readonly crumbs?: readonly Crumb[];
  /** Shown behind the title. */
  readonly mark?: ReactNode;
  /** At the right; one primary action at most. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** The page scrolls inside itself and uses the whole area. */
  readonly fill?: boolean;
}

/** The frame of a page: a bar with breadcrumb, title and actions, and the content below it. */
export function Page({ title, crumbs = [], mark, actions, children, fill = false }: PageProps): ReactElement {
  useTitle(title);
  return (
    <div className="flex h-full min-w-0 flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-border bg-surface px-4 py-1.5 md:px-6">
        <div className="flex min-w-0 flex-1 items-center gap-1.5">
          {crumbs.length > 0 && (
            <nav
              aria-label="Breadcrumb"
              className="flex shrink-0 items-center gap-1.5 text-13 text-muted max-sm:hidden"
            >
              {crumbs.map((crumb) => (
                <Fragment key={crumb.to}>
                  <Link to={crumb.to} className="rounded-tag py-0.5 hover:text-text hover:underline">
                    {crumb.label}
                  </Link>
                  <ChevronRight size={14} aria-hidden="true" className="text-faint" />
                </Fragment>
              ))}
            </nav>
          )}
          <h1 className="truncate text-14 font-semibold">{title}</h1>
          {mark}
        </div>
        <div className="flex shrink-0 items-center gap-2">{actions}</div>
      </header>
      <div className={classNames('min-h-0 min-w-0 flex-1', fill ? 'flex flex-col overflow-hidden' : 'overflow-y-auto')}>
        {children}
      </div>
    </div>
  );
}

/** A failed load as a page says it: what happened, what to do, try again. */
export function LoadError({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }): ReactElement {
  const problem = problemOf(error);
  return (
    <ErrorState
      title={problem.title}
      reference={problem.reference}
      action={<Button onClick={onRetry}>Try again</Button>}
    >
      {problem.detail}
    </ErrorState>
  );
}
