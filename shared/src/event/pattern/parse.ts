// The strict validator of content patterns: what EventBridge refuses is refused here, with the path and the way out.
import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import { blockBits } from './address.js';
import { foldCase } from './pattern.js';
import type { Condition, EventPattern, NumericRange, Scalar, TextTest, ValueTest } from './pattern.js';

export interface PatternProblem {
  /** Where in the pattern: `detail.state[0].prefix`. */
  readonly path: string;
  readonly message: string;
}

export type PatternParse =
  | { readonly ok: true; readonly pattern: EventPattern }
  | { readonly ok: false; readonly problems: readonly PatternProblem[] };

const OPERATORS = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard', 'anything-but', 'numeric', 'cidr', 'exists'];
/** Field names that keep `$or` an ordinary field, as in event-ruler. */
const RESERVED = new Set([...OPERATORS, 'exactly', 'regular-expression']);
const MAX_DEPTH = 64;
const MAX_PROBLEMS = 20;
const NUMERIC_LIMIT = 5e9;

/**
 * Reads an EventBridge content pattern.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function parsePattern(source: Json): PatternParse {
  const reader = new Reader();
  const condition = isJsonObject(source)
    ? reader.object(source, '', '', 0)
    : reader.refuse('', 'A pattern is a JSON object, for example {"source": ["orders"]}.');
  return condition === null ? { ok: false, problems: reader.problems } : { ok: true, pattern: { source, condition } };
}

class Reader {
  readonly problems: PatternProblem[] = [];

  refuse(path: string, message: string): null {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ path, message });
    return null;
  }

  /** @param field dotted name of the object in the event; @param path the same in the pattern, for messages */
  object(object: JsonObject, field: string, path: string, depth: number): Condition | null {
    if (depth > MAX_DEPTH) return this.refuse(path, `Nested more than ${MAX_DEPTH} deep.`);
    const entries = Object.entries(object);
    if (entries.length === 0) return this.refuse(path, 'An empty object matches nothing; name a field in it.');
    const conditions = entries.map(([name, value]) => {
      const here = path === '' ? name : `${path}.${name}`;
      if (name === '$or' && isAlternatives(value)) {
        const any = value.map((part, index) => this.object(part, field, `${here}[${index}]`, depth + 1));
        return every(any) ? ({ kind: 'any', path: here, conditions: any } as const) : null;
      }
      const inner = field === '' ? name : `${field}.${name}`;
      if (isJsonObject(value)) return this.object(value, inner, here, depth + 1);
      if (Array.isArray(value)) return this.field(value as readonly Json[], inner, here);
      return this.refuse(here, `Values stand in an array: write [${JSON.stringify(value)}].`);
    });
    if (!every(conditions)) return null;
    return { kind: 'all', conditions };
  }

  field(values: readonly Json[], field: string, path: string): Condition | null {
    if (values.length === 0) return this.refuse(path, 'An empty array matches nothing; name at least one value.');
    const tests = values.map((value, index) => {
      const here = `${path}[${index}]`;
      if (isScalar(value)) return { kind: 'exact', value } as const;
      return isJsonObject(value) ? this.test(value, here) : this.refuse(here, 'An array must not stand in an array.');
    });
    return every(tests) ? { kind: 'field', path: field, tests } : null;
  }

  test(object: JsonObject, path: string): ValueTest | null {
    const operator = this.#onlyKey(object, path);
    if (operator === null) return null;
    const value = object[operator] ?? null;
    const here = `${path}.${operator}`;
    switch (operator) {
      case 'exactly':
        return typeof value === 'string' ? { kind: 'exact', value } : this.#needsText(here);
      case 'prefix':
      case 'suffix':
        return this.#affix(operator, value, here);
      case 'equals-ignore-case':
        return this.#text(operator, value, here);
      case 'wildcard':
        return this.#text(operator, value, here);
      case 'anything-but':
        return this.#anythingBut(value, here);
      case 'numeric':
        return this.#numeric(value, here);
      case 'cidr': {
        if (typeof value !== 'string') return this.#needsText(here);
        const block = blockBits(value);
        return 'bits' in block ? { kind: 'cidr', bits: block.bits, text: value } : this.refuse(here, block.problem);
      }
      case 'exists':
        if (typeof value !== 'boolean') return this.refuse(here, 'exists is true or false.');
        return { kind: 'exists', wanted: value };
      default:
        return this.refuse(here, `"${operator}" is no operator. There are ${OPERATORS.join(', ')}.`);
    }
  }

  #onlyKey(object: JsonObject, path: string): string | null {
    const [key, ...more] = Object.keys(object);
    if (key === undefined) return this.refuse(path, `Name an operator: ${OPERATORS.join(', ')}.`);
    return more.length === 0 ? key : this.refuse(path, 'Only one operator fits in one object; write several objects.');
  }

  #needsText(path: string): null {
    return this.refuse(path, 'Needs a text.');
  }

  #affix(kind: 'prefix' | 'suffix', value: Json, path: string): TextTest | null {
    if (typeof value === 'string') return { kind, text: value, ignoreCase: false };
    if (!isJsonObject(value)) return this.#needsText(path);
    const operator = this.#onlyKey(value, path);
    if (operator === null) return null;
    if (operator !== 'equals-ignore-case') {
      return this.refuse(`${path}.${operator}`, `Inside ${kind} only equals-ignore-case is possible.`);
    }
    const text = value[operator];
    if (typeof text !== 'string') return this.#needsText(`${path}.${operator}`);
    return { kind, text: foldCase(text), ignoreCase: true };
  }

  #text(kind: 'equals-ignore-case' | 'wildcard', value: Json, path: string): TextTest | null {
    if (typeof value !== 'string') return this.#needsText(path);
    if (kind === 'equals-ignore-case') return { kind, text: foldCase(value) };
    const parts = wildcardParts(value);
    if (typeof parts === 'string') return this.refuse(path, parts);
    return { kind, parts, text: value };
  }

  #anythingBut(value: Json, path: string): ValueTest | null {
    if (isJsonObject(value)) return this.#anythingButTest(value, path);
    const list: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
    const types = new Set(list.map((item) => typeof item));
    if (types.size !== 1 || !(types.has('string') || types.has('number'))) {
      return this.refuse(path, 'anything-but takes texts, or numbers, or one operator; not a mix, null or booleans.');
    }
    return { kind: 'anything-but', tests: list.map((item) => ({ kind: 'exact', value: item as Scalar })) };
  }

  #anythingButTest(object: JsonObject, path: string): ValueTest | null {
    const operator = this.#onlyKey(object, path);
    if (operator === null) return null;
    const here = `${path}.${operator}`;
    if (
      operator !== 'prefix' &&
      operator !== 'suffix' &&
      operator !== 'equals-ignore-case' &&
      operator !== 'wildcard'
    ) {
      return this.refuse(here, 'Inside anything-but there can be prefix, suffix, equals-ignore-case or wildcard.');
    }
    const value = object[operator] ?? null;
    const list: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
    if (list.length === 0) return this.refuse(here, 'Name at least one text.');
    const tests = list.map((item): TextTest | null => {
      if (operator !== 'prefix' && operator !== 'suffix') return this.#text(operator, item, here);
      if (typeof item !== 'string') return this.#needsText(here);
      if (item === '') return this.refuse(here, `Every text has an empty ${operator}; nothing would be left.`);
      return { kind: operator, text: item, ignoreCase: false };
    });
    return every(tests) ? { kind: 'anything-but', tests } : null;
  }

  #numeric(value: Json, path: string): ValueTest | null {
    const terms: readonly Json[] | null = Array.isArray(value) ? (value as readonly Json[]) : null;
    if (terms === null) return this.refuse(path, 'numeric takes an array, for example [">", 0, "<=", 5].');
    const [first, low, second, high] = terms;
    if (terms.length !== 2 && terms.length !== 4) {
      return this.refuse(path, 'numeric takes one or two comparisons, each an operator and a number.');
    }
    for (const limit of terms.length === 2 ? [low] : [low, high]) {
      if (typeof limit !== 'number' || Math.abs(limit) > NUMERIC_LIMIT) {
        return this.refuse(path, `A limit is a number between -${NUMERIC_LIMIT} and ${NUMERIC_LIMIT}.`);
      }
    }
    const range = numericRange(first, low as number, second, high as number | undefined);
    if (typeof range === 'string') return this.refuse(path, range);
    return { kind: 'numeric', range };
  }
}

function numericRange(first: Json | undefined, low: number, second?: Json, high?: number): NumericRange | string {
  const limit = { value: low, open: first === '<' || first === '>' };
  if (high !== undefined) {
    const rises = (first === '>' || first === '>=') && (second === '<' || second === '<=');
    if (!rises) return 'A range goes upwards: [">" or ">=", low, "<" or "<=", high].';
    if (low >= high) return 'The low limit must be less than the high one.';
    return { from: limit, to: { value: high, open: second === '<' } };
  }
  if (first === '=') return { from: limit, to: limit };
  if (first === '<' || first === '<=') return { from: null, to: limit };
  if (first === '>' || first === '>=') return { from: limit, to: null };
  return `${JSON.stringify(first)} is no comparison; there are =, <, <=, > and >=.`;
}

/** The literal stretches between the stars, or a sentence that says what is wrong. */
function wildcardParts(text: string): string[] | string {
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    const last = parts.length - 1;
    if (text[at] === '*') {
      if (text[at + 1] === '*') return 'Two stars in a row are not allowed; one already stands for any run.';
      parts.push('');
    } else if (text[at] === '\\') {
      const next = text[at + 1];
      if (next !== '*' && next !== '\\') return 'A backslash stands before * or another backslash only.';
      parts[last] += next;
      at += 1;
    } else parts[last] += text.charAt(at);
  }
  return parts;
}

/** Whether `$or` means alternatives: two objects at least, none with an operator as field name. */
function isAlternatives(value: Json): value is readonly JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((part) => isJsonObject(part) && Object.keys(part).every((key) => !RESERVED.has(key)))
  );
}

function isScalar(value: Json): value is Scalar {
  return typeof value !== 'object' || value === null;
}

function every<Item>(items: readonly (Item | null)[]): items is readonly Item[] {
  return items.every((item) => item !== null);
}
