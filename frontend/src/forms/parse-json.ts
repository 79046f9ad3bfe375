import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json, JsonObject } from '@sagawright/shared/kernel';

/** What a person typed as JSON; undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** What a person typed as a JSON object; null when it is none. */
export function parseObject(text: string): JsonObject | null {
  const value = parseJson(text);
  return isJsonObject(value) ? value : null;
}
