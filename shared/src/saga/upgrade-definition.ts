/**
 * Reads a stored definition of any format: what was published before the language grew goes on as it was (S8).
 *
 * Format 1 knew actions, transforms, branches, parallel branches, delays and ends, all on one level, and two kinds of
 * triggers. Nothing in it means something else today, so it only lacks what is new.
 */
import { failure, FailureError, isJsonObject } from '../kernel/index.js';
import type { Json, JsonObject } from '../kernel/index.js';
import type { SagaDefinition } from './definition.js';

/** @throws FailureError `definition.newer` when it has a later format, `definition.unreadable` when it is no definition */
export function upgradeDefinition(stored: unknown): SagaDefinition {
  if (isJsonObject(stored)) {
    if (stored['formatVersion'] === 2) return stored as unknown as SagaDefinition;
    if (stored['formatVersion'] === 1) return upgradeFrom1(stored);
  }
  const format = isJsonObject(stored) ? JSON.stringify(stored['formatVersion'] ?? null) : 'none';
  const message = `The stored definition has format ${format}, and this installation reads formats 1 and 2; update it, or publish the workflow again.`;
  const isNewer = isJsonObject(stored) && Number(stored['formatVersion']) > 2;
  throw new FailureError(failure('operational', isNewer ? 'definition.newer' : 'definition.unreadable', message));
}

function upgradeFrom1(stored: JsonObject): SagaDefinition {
  return {
    ...stored,
    formatVersion: 2,
    triggers: eachOf(stored['triggers'], upgradeTrigger),
    steps: eachOf(stored['steps'], upgradeStep),
    scopes: eachOf(stored['scopes'], (scope) => ({ handler: [], ...scope })),
    variables: {},
    deadlineMs: null,
  } as unknown as SagaDefinition;
}

function upgradeTrigger({ scheme, ...trigger }: JsonObject): JsonObject {
  const settings = { kind: trigger['kind'] ?? null, ...(scheme === undefined ? {} : { scheme }) };
  return { ...trigger, settings };
}

function upgradeStep(step: JsonObject): JsonObject {
  return { onFailure: 'fail', timeoutEdge: false, skipWhen: null, ...newOf(step['kind']), ...step };
}

function newOf(kind: Json | undefined): JsonObject {
  if (kind === 'action') return { totalTimeoutMs: null, idempotencyKey: null, concurrency: null, rate: null };
  return kind === 'transform' ? { assign: null } : {};
}

function eachOf(record: Json | undefined, upgrade: (value: JsonObject) => JsonObject): JsonObject {
  if (!isJsonObject(record)) return {};
  return Object.fromEntries(
    Object.entries(record).map(([id, value]) => [id, isJsonObject(value) ? upgrade(value) : value]),
  );
}
