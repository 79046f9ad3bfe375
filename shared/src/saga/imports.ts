export type { Failure, Json, JsonObject, Random, Result } from '../kernel/index.js';
export type {
  EffectClass,
  EventMatch,
  NodeId,
  RaceArm,
  RetryPolicy,
  TaskSettings,
  TriggerNode,
  WebhookScheme,
} from '../graph/index.js';
