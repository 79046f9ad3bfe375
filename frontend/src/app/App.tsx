import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { ReactElement } from 'react';
import { createQueryClient, onSignedOut } from '../api/index.js';
import { ToastProvider, TooltipProvider } from '../ui/index.js';
import { createAppRouter } from './router.js';
import { followSystemTheme } from './theme.js';

const queries = createQueryClient();
const router = createAppRouter(queries);

export function App(): ReactElement {
  useEffect(() => followSystemTheme(), []);
  useEffect(
    () =>
      onSignedOut(() => {
        const { href, pathname } = router.state.location;
        if (pathname === '/sign-in') return;
        queries.clear();
        void router.navigate({ to: '/sign-in', search: { next: href } });
      }),
    [],
  );
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <TooltipProvider delay={400}>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </TooltipProvider>
      </QueryClientProvider>
    </CSPProvider>
  );
}
