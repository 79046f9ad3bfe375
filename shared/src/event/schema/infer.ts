/**
 * A draft of a schema from events that came: what all of them have is required, what few values repeat is listed, what looks
 * like a date or an id says so. A draft is a proposal: it holds for what was seen, and is shown with how much that was.
 */
import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';

export interface SeenField {
  /** Names from the data down; `[]` stands for the items of a list. */
  readonly path: string;
  readonly types: readonly string[];
  /** In how many of the values that could have it (`of`) it was. */
  readonly seen: number;
  readonly of: number;
}

export interface InferredSchema {
  readonly schema: JsonObject;
  readonly fields: readonly SeenField[];
  /** Fields left out because there are too many, or too deep, or their names look like data. */
  readonly leftOut: readonly string[];
}

const MAX_DEPTH = 12;
const MAX_FIELDS = 1000;
/** An object with more names than that is a table: its names are data. */
const MAX_NAMES = 60;
const MAX_LISTED = 8;
/** Few values only count as a list of them when each came that often on average. */
const LEAST_REPEATS = 4;
const MAX_LISTED_CHARACTERS = 60;

/** @param samples data of events of one type */
export function inferSchema(samples: readonly Json[]): InferredSchema {
  const root = new Seen();
  for (const sample of samples) root.add(sample, 0);
  const report: Report = { fields: [], leftOut: [] };
  const schema = root.schema('', report);
  const draft = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema };
  return { schema: draft, ...report };
}

interface Report {
  fields: SeenField[];
  leftOut: string[];
}

/** What values at one place were like. */
class Seen {
  private count = 0;
  private readonly types = new Map<string, number>();
  private readonly names = new Map<string, Seen>();
  private readonly texts = new Map<string, number>();
  private textsAreMany = false;
  private items: Seen | null = null;
  private readonly formats = new Set(Object.keys(FORMATS));
  private isTooDeep = false;

  add(value: Json, depth: number): void {
    this.count += 1;
    const type = typeOf(value);
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
    if (typeof value === 'string') this.addText(value);
    if (typeof value !== 'object' || value === null) return;
    if (depth >= MAX_DEPTH) {
      this.isTooDeep = true;
      return;
    }
    if (Array.isArray(value)) {
      this.items ??= new Seen();
      for (const item of (value as readonly Json[]).slice(0, 100)) this.items.add(item, depth + 1);
    } else if (isJsonObject(value)) {
      for (const [name, part] of Object.entries(value)) {
        if (this.names.size > MAX_NAMES) break;
        const known = this.names.get(name) ?? new Seen();
        this.names.set(name, known);
        known.add(part, depth + 1);
      }
    }
  }

  private addText(text: string): void {
    for (const format of this.formats) if (FORMATS[format]?.test(text) !== true) this.formats.delete(format);
    if (this.textsAreMany) return;
    this.texts.set(text.length > MAX_LISTED_CHARACTERS ? '' : text, (this.texts.get(text) ?? 0) + 1);
    this.textsAreMany = text.length > MAX_LISTED_CHARACTERS || this.texts.size > MAX_LISTED;
  }

  schema(path: string, report: Report): JsonObject {
    const names = [...this.types.keys()];
    const types = names.includes('number') ? names.filter((name) => name !== 'integer') : names;
    return {
      ...(types.length === 0 ? {} : { type: types.length === 1 ? (types[0] ?? 'null') : types.sort() }),
      ...(types.includes('string') ? this.textSchema(types) : {}),
      ...(types.includes('array') ? this.listSchema(path, report) : {}),
      ...(types.includes('object') ? this.objectSchema(path, report) : {}),
    };
  }

  private textSchema(types: readonly string[]): JsonObject {
    const format = [...this.formats][0];
    if (format !== undefined) return { format };
    const isFew = !this.textsAreMany && this.strings >= this.texts.size * LEAST_REPEATS;
    const isOnlyText = types.every((type) => type === 'string' || type === 'null');
    if (!isFew || !isOnlyText) return {};
    return { enum: [...[...this.texts.keys()].sort(), ...(types.includes('null') ? [null] : [])] };
  }

  private get strings(): number {
    return this.types.get('string') ?? 0;
  }

  private listSchema(path: string, report: Report): JsonObject {
    if (this.items === null || this.items.count === 0) return {};
    return { items: this.items.schema(`${path}[]`, report) };
  }

  private objectSchema(path: string, report: Report): JsonObject {
    const objects = this.types.get('object') ?? 0;
    if (this.isTooDeep || this.names.size > MAX_NAMES) {
      report.leftOut.push(path === '' ? 'data' : path);
      return {};
    }
    const properties: Record<string, Json> = {};
    const required: string[] = [];
    for (const [name, part] of [...this.names].sort(([left], [right]) => (left < right ? -1 : 1))) {
      const below = path === '' ? name : `${path}.${name}`;
      if (report.fields.length >= MAX_FIELDS) {
        report.leftOut.push(below);
        continue;
      }
      report.fields.push({ path: below, types: [...part.types.keys()].sort(), seen: part.count, of: objects });
      // As its own name, also where it is one that objects are born with.
      Object.defineProperty(properties, name, { value: part.schema(below, report), enumerable: true });
      if (part.count === objects) required.push(name);
    }
    return { properties, ...(required.length === 0 ? {} : { required }) };
  }
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** In the order in which they are preferred; each needs time linear in the text. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}$/,
  uri: /^https?:\/\/[A-Za-z0-9.-]{1,255}(?::\d{1,5})?(?:[/?#][!-~]*)?$/,
};
