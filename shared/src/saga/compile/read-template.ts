/** What stands in a template: the expressions that cannot be read, and the places that the others read. */
import { parseTemplateText, templateProblems, templateReferences } from '../../expression/index.js';
import type { FieldPath } from '../../graph/index.js';
import type { Json } from '../../kernel/index.js';

export interface TemplateReading {
  readonly problems: readonly { readonly field: FieldPath; readonly message: string }[];
  readonly references: readonly PlacedReference[];
}

/** One place that a text reads: `steps.charge.output.id` has root `steps`, key `charge` and the rest as path. */
export interface TextReference {
  readonly root: string;
  /** null: the root is read as a whole. */
  readonly key: string | null;
  readonly path: readonly string[];
}

export interface PlacedReference extends TextReference {
  readonly field: FieldPath;
}

interface TextReading {
  readonly problems: readonly string[];
  readonly references: readonly TextReference[];
}

export function readTemplate(template: Json): TemplateReading {
  const problems: { field: FieldPath; message: string }[] = [];
  const references: PlacedReference[] = [];
  forEachText(template, (text, at) => {
    if (!text.includes('{{')) return;
    const reading = readText(text);
    const field = [...at];
    for (const message of reading.problems) problems.push({ field, message });
    for (const reference of reading.references) references.push({ ...reference, field });
  });
  return { problems, references };
}

/** Calls `see` for every text in a template, with the names above it; they are only good until `see` returns. */
export function forEachText(template: Json, see: (text: string, field: FieldPath) => void): void {
  visit(template, [], see);
}

function visit(template: Json, above: (string | number)[], see: (text: string, field: FieldPath) => void): void {
  if (typeof template === 'string') see(template, above);
  else if (isList(template)) {
    for (const [index, item] of template.entries()) {
      above.push(index);
      visit(item, above, see);
      above.pop();
    }
  } else if (template !== null && typeof template === 'object') {
    for (const key in template) {
      const value = template[key];
      if (value === undefined || typeof value === 'number' || typeof value === 'boolean') continue;
      above.push(key);
      visit(value, above, see);
      above.pop();
    }
  }
}

function isList(template: Json): template is readonly Json[] {
  return Array.isArray(template);
}

const MAX_KEPT = 10_000;
const kept = new Map<string, TextReading>();

/** The same text reads the same places wherever it stands; an editor compiles the same texts over and over. */
function readText(text: string): TextReading {
  const before = kept.get(text);
  if (before) return before;
  const plain = plainPaths(text);
  const reading = plain
    ? { problems: [], references: plain }
    : { problems: templateProblems(text).map((each) => each.message), references: templateReferences(text) };
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(text, reading);
  return reading;
}

/** What a text with nothing but plain paths between its braces reads. null = there is more in it. */
function plainPaths(text: string): TextReference[] | null {
  const references: TextReference[] = [];
  for (const part of parseTemplateText(text)) {
    if (part.kind !== 'expression') continue;
    const reference = part.closed ? plainPath(`{{${part.source}}}`) : null;
    if (reference === null) return null;
    references.push(reference);
  }
  return references;
}

const PLAIN = /^\{\{\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*\}\}$/;
const WORDS = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** What `{{ a.b.c }}` reads, without a parser: most templates are nothing but that. null = not of that form. */
export function plainPath(text: string): TextReference | null {
  const [root, key = null, ...path] = PLAIN.exec(text)?.[1]?.split('.') ?? [];
  if (root === undefined || [root, key ?? '', ...path].some((name) => WORDS.has(name))) return null;
  return { root, key, path };
}

/** The value of a condition that does not depend on anything; null = it does. */
export function constantOf(condition: string): boolean | null {
  const word = /^\s*\{\{\s*(true|false)\s*\}\}\s*$/.exec(condition)?.[1] ?? condition.trim();
  return word === 'true' ? true : word === 'false' ? false : null;
}
