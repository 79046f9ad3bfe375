/** Renaming a step rewrites the expressions that read it, and nothing else. */
import type { Json } from '../kernel/index.js';
import { readPlaces } from './references.js';
import type { WrittenName } from './references.js';
import { parseTemplateText } from './text.js';

/**
 * Rewrites `steps.<fromKey>` to `steps.<toKey>` wherever a template reads it; every other character stays as it is.
 *
 * @returns the template (the same object when nothing was rewritten) and how many references were rewritten
 */
export function renameStepReferences(
  template: Json,
  fromKey: string,
  toKey: string,
): { readonly template: Json; readonly count: number } {
  if (typeof template === 'string') return renameInText(template, fromKey, toKey);
  if (template === null || typeof template !== 'object') return { template, count: 0 };
  let count = 0;
  const rename = (value: Json): Json => {
    const renamed = renameStepReferences(value, fromKey, toKey);
    count += renamed.count;
    return renamed.template;
  };
  const rewritten: Json = isList(template)
    ? template.map(rename)
    : Object.fromEntries(Object.entries(template).map(([key, value]) => [key, rename(value)]));
  return count === 0 ? { template, count } : { template: rewritten, count };
}

function renameInText(text: string, fromKey: string, toKey: string): { template: string; count: number } {
  const tokens = new Map<number, WrittenName>();
  for (const part of parseTemplateText(text)) {
    if (part.kind === 'text' || !part.closed) continue;
    for (const [root, key] of readPlaces(part.source)) {
      if (root?.name !== 'steps' || key?.name !== fromKey) continue;
      const start = part.sourceStart + key.start;
      tokens.set(start, { name: key.name, start, end: part.sourceStart + key.end });
    }
  }
  let rewritten = text;
  for (const token of [...tokens.values()].sort((a, b) => b.start - a.start)) {
    const written = writeLike(text.charAt(token.start), toKey);
    rewritten = rewritten.slice(0, token.start) + written + rewritten.slice(token.end);
  }
  return { template: rewritten, count: tokens.size };
}

const RESERVED = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** Keeps the author's way of quoting; quotes a bare name only where it must be. */
function writeLike(firstCharacter: string, key: string): string {
  if (firstCharacter === '"') return JSON.stringify(key);
  if (firstCharacter === "'") return `'${key.replace(/[\\']/g, '\\$&')}'`;
  const bare = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) && !RESERVED.has(key);
  return firstCharacter === '`' || !bare ? `\`${key}\`` : key;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
