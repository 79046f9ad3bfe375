export { ApiError, client, forgetLogin, onSignedOut, rememberLogin } from './client.js';
export { openEventStream } from './event-stream.js';
export type { StreamEvent, StreamStatus } from './event-stream.js';
export { problemOf } from './problem.js';
export type { ApiProblem } from './problem.js';
export {
  apiKeysQuery,
  demoShopQuery,
  keys,
  meQuery,
  runCountsQuery,
  runQuery,
  runsQuery,
  templatesQuery,
  workflowQuery,
  workflowsQuery,
  workspaceQuery,
} from './queries.js';
export type { RunFilter } from './queries.js';
export { createQueryClient } from './query-client.js';
export { useAction } from './use-action.js';
export type { ActionOptions } from './use-action.js';
