export type { Failure, Json, JsonObject, Random, Result } from '../kernel/index.js';
export type { EffectClass, NodeId, RetryPolicy, WebhookScheme } from '../graph/index.js';
