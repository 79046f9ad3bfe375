import type { Json } from '../../kernel/index.js';
import { SchemaDocument } from './schema.js';
import { subschemaProblems } from './subschema.js';

/**
 * What a new version of an event's schema must be, towards the version before it, or all of them (`_TRANSITIVE`).
 *
 * - BACKWARD: whoever reads by the new version can read what was written by the old one
 * - FORWARD: whoever still reads by the old version can read what is written by the new one
 * - FULL: both
 */
export const COMPATIBILITY_MODES = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;

export type CompatibilityMode = (typeof COMPATIBILITY_MODES)[number];

export interface Incompatibility {
  /** Index of the earlier version that it is about. */
  readonly version: number;
  readonly direction: 'backward' | 'forward';
  /** JSON pointer into the schema that must accept the values: the new one for backward, the earlier one for forward. */
  readonly path: string;
  readonly keyword: string;
  /** One sentence for the author of the schema. */
  readonly message: string;
}

export interface CompatibilityReport {
  readonly compatible: boolean;
  readonly incompatibilities: readonly Incompatibility[];
}

/**
 * Compares a new version of a JSON Schema (draft 4 to 2020-12) with those before it.
 *
 * @param earlier oldest first
 */
export function checkCompatibility(
  mode: CompatibilityMode,
  candidate: Json,
  earlier: readonly Json[],
): CompatibilityReport {
  const newest = earlier.length - 1;
  const versions = mode.endsWith('_TRANSITIVE') ? [...earlier.keys()] : newest < 0 ? [] : [newest];
  const incompatibilities = versions.flatMap((version): Incompatibility[] => {
    const old = new SchemaDocument(earlier[version] ?? true);
    const next = new SchemaDocument(candidate);
    const found: Incompatibility[] = [];
    if (mode.startsWith('BACKWARD') || mode.startsWith('FULL')) {
      const problems = subschemaProblems(old.schema(old.root), next.schema(next.root));
      found.push(...problems.map((problem) => ({ version, direction: 'backward' as const, ...problem })));
    }
    if (mode.startsWith('FORWARD') || mode.startsWith('FULL')) {
      const problems = subschemaProblems(next.schema(next.root), old.schema(old.root));
      found.push(...problems.map((problem) => ({ version, direction: 'forward' as const, ...problem })));
    }
    return found;
  });
  return { compatible: incompatibilities.length === 0, incompatibilities };
}
