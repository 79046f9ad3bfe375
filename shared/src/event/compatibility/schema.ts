// A JSON Schema document to look into: references, anchors and the parts of a conjunction.
import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';

/** A schema together with the document in which its references are looked up. */
export interface Schema {
  readonly value: Json;
  readonly document: SchemaDocument;
}

export class SchemaDocument {
  readonly root: Json;
  readonly #anchors = new Map<string, Json>();

  constructor(root: Json) {
    this.root = root;
    this.#collectAnchors(root, 0);
  }

  schema(value: Json): Schema {
    return { value, document: this };
  }

  /** @returns undefined for references that lead out of the document */
  resolve(reference: string): Json | undefined {
    const known = this.#anchors.get(reference);
    if (known !== undefined) return known;
    if (reference === '#') return this.root;
    if (!reference.startsWith('#/')) return undefined;
    let at: Json | undefined = this.root;
    for (const part of decode(reference).slice(2).split('/')) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(at)) at = (at as readonly Json[])[Number(key)];
      else at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    }
    return at;
  }

  #collectAnchors(value: Json, depth: number): void {
    if (depth > 100) return;
    if (Array.isArray(value)) (value as readonly Json[]).forEach((item) => this.#collectAnchors(item, depth + 1));
    if (!isJsonObject(value)) return;
    for (const keyword of ['$id', 'id'])
      if (typeof value[keyword] === 'string') this.#anchors.set(value[keyword], value);
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      if (typeof value[keyword] === 'string') this.#anchors.set(`#${value[keyword]}`, value);
    }
    for (const item of Object.values(value)) this.#collectAnchors(item, depth + 1);
  }
}

function decode(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}

/** A conjunction without `allOf` and references: every part must hold. Unreadable references stay as they are. */
export function flatten(schemas: readonly Schema[]): Schema[] {
  const parts: Schema[] = [];
  const visited = new Set<Json>();
  const visit = ({ value, document }: Schema): void => {
    if (!isJsonObject(value) || visited.has(value)) {
      if (!isJsonObject(value)) parts.push({ value, document });
      return;
    }
    visited.add(value);
    const { allOf, $ref, ...rest } = value;
    const target = typeof $ref === 'string' ? document.resolve($ref) : undefined;
    if (target !== undefined) visit({ value: target, document });
    const own: JsonObject = $ref !== undefined && target === undefined ? { ...rest, $ref } : rest;
    if (Object.keys(own).length > 0) parts.push({ value: own, document });
    for (const part of Array.isArray(allOf) ? (allOf as readonly Json[]) : []) visit({ value: part, document });
  };
  schemas.forEach(visit);
  return parts;
}

/** JSON with sorted keys: equal values have equal text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
