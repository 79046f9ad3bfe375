import { authRoutes } from './auth.js';
import { deadLetterRoutes } from './dead-letters.js';
import { demoShopRoutes } from './demo-shop.js';
import { eventTypeRoutes } from './event-types.js';
import { eventRoutes } from './events.js';
import { replayRoutes } from './replays.js';
import { laneRoutes } from './lanes.js';
import { matchingRoutes } from './matching.js';
import { outboundRoutes } from './outbound.js';
import type { Route } from './route.js';
import { retentionRoutes } from './retention.js';
import { runRoutes } from './runs.js';
import { tailRoutes } from './tail.js';
import { taskRoutes } from './tasks.js';
import { workflowRoutes } from './workflows.js';
import { workspaceRoutes } from './workspace.js';

/** Every route of the interface lives below this prefix; `/hooks` and `/health` stand outside it. */
export const API_PREFIX = '/api/v1';

/** The whole interface. The backend refuses to pass its tests with a route that has no handler, or two. */
export const routes = {
  ...authRoutes,
  ...workflowRoutes,
  ...runRoutes,
  ...taskRoutes,
  ...eventRoutes,
  ...matchingRoutes,
  ...laneRoutes,
  ...tailRoutes,
  ...eventTypeRoutes,
  ...deadLetterRoutes,
  ...replayRoutes,
  ...outboundRoutes,
  ...workspaceRoutes,
  ...retentionRoutes,
  ...demoShopRoutes,
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
