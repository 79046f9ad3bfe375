import { isJsonObject } from '@sagawright/shared/kernel';
import type { JsonObject } from '@sagawright/shared/kernel';

/** What a person typed as a JSON object; null when it is none. */
export function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
