/** What a template field offers and looks at: the data that its step can read, and where the values come from. */
import type { ReadableData } from './references.js';

export interface FieldData extends ReadableData {
  /** When the run started that the values are of; null: they are samples. */
  readonly runAt: string | null;
}
