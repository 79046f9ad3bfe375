import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { z } from 'zod';
import { RUN_STATUSES, deadLetterKindSchema, deadLetterStatusSchema } from '@sagawright/shared/contracts';
import { ApiError, meQuery } from '../api/index.js';
import { SignInPage } from '../auth/index.js';
import { STRETCHES } from '../events/stretch.js';
import { RunsPage } from '../runs/RunsPage.js';
import { RUN_VIEWS } from '../runs/views.js';
import { TASK_LISTS } from '../tasks/queries.js';
import { WorkflowsPage } from '../workflows/index.js';
import { EditorRoom } from './EditorRoom.js';
import { LoadError } from './Page.js';
import { NotFound } from './NotFound.js';
import { Shell } from './Shell.js';

// Pages that are not the first thing seen come in files of their own.
const RunPage = lazyRouteComponent(() => import('../runs/RunPage.js'), 'RunPage');
const TasksPage = lazyRouteComponent(() => import('../tasks/TasksPage.js'), 'TasksPage');
const EventsPage = lazyRouteComponent(() => import('../events/stored/EventsPage.js'), 'EventsPage');
const TypesPage = lazyRouteComponent(() => import('../events/types/TypesPage.js'), 'TypesPage');
const DeadLettersPage = lazyRouteComponent(
  () => import('../events/dead-letters/DeadLettersPage.js'),
  'DeadLettersPage',
);
const OrderPage = lazyRouteComponent(() => import('../events/order/OrderPage.js'), 'OrderPage');
const EndpointsPage = lazyRouteComponent(() => import('../events/endpoints/EndpointsPage.js'), 'EndpointsPage');
const ReplaysPage = lazyRouteComponent(() => import('../events/replays/ReplaysPage.js'), 'ReplaysPage');
const DemoShopPage = lazyRouteComponent(() => import('../settings/DemoShopPage.js'), 'DemoShopPage');
const SettingsPage = lazyRouteComponent(() => import('../settings/SettingsPage.js'), 'SettingsPage');

const rootRoute = createRootRouteWithContext<{ readonly queries: QueryClient }>()({ notFoundComponent: NotFound });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: z.object({
    token: z.string().optional().catch(undefined),
    next: z.string().optional().catch(undefined),
  }),
  component: function SignIn() {
    return <SignInPage {...signInRoute.useSearch()} />;
  },
});

/** Everything behind the login. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) {
        throw redirect({ to: '/sign-in', search: { next: location.href } });
      }
      throw error;
    }
  },
  component: Shell,
  errorComponent: ({ error, reset }) => <LoadError error={error} onRetry={reset} />,
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/workflows' });
  },
});

const workflowsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/workflows',
  validateSearch: z.object({
    search: z.string().optional().catch(undefined),
    create: z.boolean().optional().catch(undefined),
  }),
  component: function Workflows() {
    return <WorkflowsPage {...workflowsRoute.useSearch()} />;
  },
});

const editorRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/workflows/$workflowId',
  component: function WorkflowEditor() {
    const { workflowId } = editorRoute.useParams();
    return <EditorRoom key={workflowId} workflowId={workflowId} />;
  },
});

const runsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/runs',
  validateSearch: z.object({
    status: z.enum(RUN_STATUSES).optional().catch(undefined),
    workflow: z.string().optional().catch(undefined),
    search: z.string().max(500).optional().catch(undefined),
  }),
  component: function Runs() {
    return <RunsPage {...runsRoute.useSearch()} />;
  },
});

const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/runs/$runId',
  validateSearch: z.object({
    view: z.enum(RUN_VIEWS).optional().catch(undefined),
    step: z.string().optional().catch(undefined),
  }),
  component: function Run() {
    const { runId } = runRoute.useParams();
    return <RunPage key={runId} {...runRoute.useSearch()} runId={runId} />;
  },
});

const tasksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tasks',
  validateSearch: z.object({
    list: z.enum(TASK_LISTS).optional().catch(undefined),
    workflow: z.string().optional().catch(undefined),
    task: z.string().optional().catch(undefined),
  }),
  component: function Tasks() {
    return <TasksPage {...tasksRoute.useSearch()} />;
  },
});

const eventsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events',
  validateSearch: z.object({
    type: z.string().optional().catch(undefined),
    source: z.string().optional().catch(undefined),
    subject: z.string().optional().catch(undefined),
    where: z.string().optional().catch(undefined),
    id: z.string().optional().catch(undefined),
    within: z
      .enum(STRETCHES.map(({ value }) => value))
      .optional()
      .catch(undefined),
    event: z.number().optional().catch(undefined),
    live: z.boolean().optional().catch(undefined),
  }),
  component: function Events() {
    return <EventsPage {...eventsRoute.useSearch()} />;
  },
});

const typesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events/types',
  validateSearch: z.object({
    search: z.string().optional().catch(undefined),
    type: z.string().optional().catch(undefined),
  }),
  component: function Types() {
    return <TypesPage {...typesRoute.useSearch()} />;
  },
});

const deadLettersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events/dead-letters',
  validateSearch: z.object({
    status: z
      .enum([...deadLetterStatusSchema.options, 'all'])
      .optional()
      .catch(undefined),
    kind: deadLetterKindSchema.optional().catch(undefined),
    type: z.string().optional().catch(undefined),
    triggerId: z.string().optional().catch(undefined),
    search: z.string().optional().catch(undefined),
    letter: z.string().optional().catch(undefined),
  }),
  component: function DeadLetters() {
    return <DeadLettersPage {...deadLettersRoute.useSearch()} />;
  },
});

const orderRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events/order',
  validateSearch: z.object({
    state: z.enum(['blocked', 'paused', 'all']).optional().catch(undefined),
    workflowId: z.string().optional().catch(undefined),
  }),
  component: function Order() {
    return <OrderPage {...orderRoute.useSearch()} />;
  },
});

const endpointsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events/endpoints',
  validateSearch: z.object({ endpoint: z.string().optional().catch(undefined) }),
  component: function Endpoints() {
    return <EndpointsPage {...endpointsRoute.useSearch()} />;
  },
});

const replaysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events/replays',
  validateSearch: z.object({ replay: z.string().optional().catch(undefined) }),
  component: function Replays() {
    return <ReplaysPage {...replaysRoute.useSearch()} />;
  },
});

const demoShopRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/demo-shop',
  validateSearch: z.object({ order: z.string().optional().catch(undefined) }),
  component: function DemoShop() {
    return <DemoShopPage {...demoShopRoute.useSearch()} />;
  },
});

const settingsRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings', component: SettingsPage });

/** Every other address: said inside the shell, so that the way on is at hand. */
const nowhereRoute = createRoute({ getParentRoute: () => shellRoute, path: '$', component: NotFound });

const routeTree = rootRoute.addChildren([
  signInRoute,
  shellRoute.addChildren([
    homeRoute,
    workflowsRoute,
    editorRoute,
    runsRoute,
    runRoute,
    tasksRoute,
    eventsRoute,
    typesRoute,
    deadLettersRoute,
    orderRoute,
    endpointsRoute,
    replaysRoute,
    demoShopRoute,
    settingsRoute,
    nowhereRoute,
  ]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({ routeTree, context: { queries }, defaultPreload: false, scrollRestoration: false });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
