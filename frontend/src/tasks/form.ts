/**
 * A form out of a JSON Schema: fields of the kinds that people can fill in, and what they filled in as JSON. Pure.
 *
 * 1. What is not understood is asked for as JSON, never left out.
 * 2. What was left empty is not in the answer, so that "absent" and "empty" stay different things; a checkbox is always in it.
 * 3. Whether the answer fits the whole schema is the server's word; here is said only what a field can know by itself.
 */
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json, JsonObject } from '@sagawright/shared/kernel';

export interface FormOption {
  readonly label: string;
  readonly value: Json;
}

interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly help: string | null;
  readonly required: boolean;
  /** What the form begins with, as text; see `Draft`. */
  readonly start: string;
}

export type FormField = FieldBase &
  (
    | {
        readonly kind:
          | 'text'
          | 'email'
          | 'multiline'
          | 'number'
          | 'integer'
          | 'boolean'
          | 'date'
          | 'time'
          | 'date-time'
          | 'texts'
          | 'json';
      }
    /** The text of the draft is the place of the chosen option; of several, their places with commas between. */
    | { readonly kind: 'choice' | 'choices'; readonly options: readonly FormOption[] }
    | { readonly kind: 'group'; readonly fields: readonly FormField[] }
  );

/** What was typed, by field; those of a group as `group.field`. Ticked = `true`. */
export type Draft = Readonly<Record<string, string>>;

export interface Answer {
  readonly data: JsonObject;
  /** In words, by field as in the draft. */
  readonly problems: Readonly<Record<string, string>>;
}

/** The fields of a schema; null when it describes no object with properties. */
export function formFields(schema: Json | undefined): readonly FormField[] | null {
  return fieldsOf(schema, 0);
}

function fieldsOf(schema: Json | undefined, depth: number): readonly FormField[] | null {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties'])) return null;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(schema['properties']).map(([name, property]) =>
    fieldOf(name, isJsonObject(property) ? property : {}, required.includes(name), depth),
  );
}

function fieldOf(name: string, schema: JsonObject, required: boolean, depth: number): FormField {
  const preset = schema['default'];
  const base = {
    name,
    label: text(schema['title']) ?? name,
    help: text(schema['description']),
    required,
    start: preset === undefined ? '' : typeof preset === 'string' ? preset : JSON.stringify(preset),
  };
  const options = optionsOf(schema);
  if (options !== null) {
    const chosen = preset === undefined ? -1 : options.findIndex(({ value }) => same(value, preset));
    return { ...base, kind: 'choice', options, start: chosen < 0 ? '' : String(chosen) };
  }
  switch (typeOf(schema)) {
    case 'string': {
      const kind = textKind(schema);
      return { ...base, kind, start: kind === 'date-time' ? localText(base.start) : base.start };
    }
    case 'number':
      return { ...base, kind: 'number' };
    case 'integer':
      return { ...base, kind: 'integer' };
    case 'boolean':
      return { ...base, kind: 'boolean' };
    case 'array': {
      const items = schema['items'];
      if (!isJsonObject(items)) break;
      const presets = Array.isArray(preset) ? preset : [];
      const among = optionsOf(items);
      if (among !== null) {
        const places = among.flatMap(({ value }, place) => (presets.some((each) => same(each, value)) ? [place] : []));
        return { ...base, kind: 'choices', options: among, start: places.join(',') };
      }
      if (typeOf(items) !== 'string') break;
      return { ...base, kind: 'texts', start: presets.filter((each) => typeof each === 'string').join('\n') };
    }
    case 'object': {
      const fields = depth === 0 ? fieldsOf(schema, depth + 1) : null;
      if (fields !== null) return { ...base, kind: 'group', fields };
    }
  }
  const start = preset === undefined ? '' : JSON.stringify(preset, null, 2);
  return { ...base, kind: 'json', start };
}

/** The one type besides null. */
function typeOf(schema: JsonObject): string | null {
  const { type } = schema;
  const types = (Array.isArray(type) ? type : [type]).filter((each) => each !== 'null');
  return types.length === 1 && typeof types[0] === 'string' ? types[0] : null;
}

function textKind(schema: JsonObject): 'text' | 'email' | 'multiline' | 'date' | 'time' | 'date-time' {
  const format = schema['format'];
  if (format === 'email' || format === 'date' || format === 'time' || format === 'date-time') return format;
  const longest = schema['maxLength'];
  return typeof longest === 'number' && longest > 200 ? 'multiline' : 'text';
}

/** `enum`, or `oneOf` of constants with titles. */
function optionsOf(schema: JsonObject): readonly FormOption[] | null {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => ({ label: words(value), value }));
  const oneOf = schema['oneOf'];
  if (!Array.isArray(oneOf) || oneOf.length === 0) return null;
  const options = oneOf.flatMap((each) => {
    if (!isJsonObject(each) || each['const'] === undefined) return [];
    return [{ label: text(each['title']) ?? words(each['const']), value: each['const'] }];
  });
  return options.length === oneOf.length ? options : null;
}

/** What the form begins with. */
export function startOf(fields: readonly FormField[]): Draft {
  return Object.fromEntries(
    fields.flatMap((field): (readonly [string, string])[] =>
      field.kind === 'group'
        ? Object.entries(startOf(field.fields)).map(([name, value]) => [`${field.name}.${name}`, value] as const)
        : [[field.name, field.start]],
    ),
  );
}

/** What was filled in, as the answer to a form. */
export function readForm(fields: readonly FormField[], draft: Draft, prefix = ''): Answer {
  const data: Record<string, Json> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const at = `${prefix}${field.name}`;
    if (field.kind === 'group') {
      // Of a group that may be left out, what is missing only counts once something was filled in.
      if (!field.required && !isTouched(field.fields, draft, `${at}.`)) continue;
      const inner = readForm(field.fields, draft, `${at}.`);
      Object.assign(problems, inner.problems);
      data[field.name] = inner.data;
      continue;
    }
    const read = readField(field, draft[at] ?? '');
    if ('problem' in read) problems[at] = read.problem;
    else if (read.value !== undefined) data[field.name] = read.value;
  }
  return { data, problems };
}

/** Something was typed, ticked or chosen. */
function isTouched(fields: readonly FormField[], draft: Draft, prefix: string): boolean {
  return fields.some((field) => {
    const at = `${prefix}${field.name}`;
    if (field.kind === 'group') return isTouched(field.fields, draft, `${at}.`);
    const typed = (draft[at] ?? '').trim();
    return typed !== '' && typed !== 'false';
  });
}

type Read = { readonly value: Json | undefined } | { readonly problem: string };

const MISSING: Partial<Record<FormField['kind'], string>> = { choice: 'Choose one.', choices: 'Choose at least one.' };

function readField(field: Exclude<FormField, { kind: 'group' }>, typed: string): Read {
  if (field.kind === 'boolean') return { value: typed === 'true' };
  const trimmed = typed.trim();
  if (trimmed === '') {
    if (!field.required) return { value: undefined };
    return { problem: MISSING[field.kind] ?? 'Fill this in.' };
  }
  switch (field.kind) {
    case 'multiline':
      return { value: typed };
    case 'text':
    case 'email':
    case 'date':
      return { value: trimmed };
    case 'time': {
      // JSON Schema's times name their zone; a person's clock has one.
      const offset = zoneOf(new Date());
      return { value: `${trimmed.length === 5 ? `${trimmed}:00` : trimmed}${offset}` };
    }
    case 'date-time': {
      const instant = new Date(trimmed);
      return Number.isNaN(instant.getTime())
        ? { problem: 'Give a date and a time.' }
        : { value: instant.toISOString() };
    }
    case 'number':
    case 'integer': {
      const value = Number(trimmed);
      if (!Number.isFinite(value)) return { problem: 'This is not a number.' };
      if (field.kind === 'integer' && !Number.isInteger(value)) return { problem: 'Give a whole number.' };
      return { value };
    }
    case 'choice':
      return { value: field.options[Number(trimmed)]?.value };
    case 'choices': {
      const places = placesOf(trimmed);
      return { value: field.options.flatMap(({ value }, place) => (places.has(place) ? [value] : [])) };
    }
    case 'texts':
      return {
        value: typed
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== ''),
      };
    case 'json':
      return readJson(trimmed);
  }
}

export function readJson(typed: string): Read {
  try {
    return { value: JSON.parse(typed) as Json };
  } catch {
    return { problem: 'This is not JSON: check commas, quotes and braces.' };
  }
}

/** The options chosen of several, by their places in the draft. */
export function placesOf(draft: string): ReadonlySet<number> {
  return new Set(draft === '' ? [] : draft.split(',').map(Number));
}

/**
 * What the server found wrong (`task.form`), by field as in the draft; what belongs to no field of the form is under ''.
 *
 * @param context of the problem: `{ field: 'address/city', problem }` each
 */
export function refusedFields(fields: readonly FormField[], context: Json | undefined): Record<string, string> {
  const known = new Set(namesOf(fields, ''));
  const found: Record<string, string> = {};
  for (const each of Array.isArray(context) ? context : []) {
    if (!isJsonObject(each) || typeof each['field'] !== 'string' || typeof each['problem'] !== 'string') continue;
    // What is missing is told of the object that it is missing in.
    const missing = /^must have required property '(.+)'$/.exec(each['problem'])?.[1];
    const parts = [...each['field'].split('/'), ...(missing === undefined ? [] : [missing])].filter(
      (part) => part !== '',
    );
    let at = parts.join('.');
    while (at !== '' && !known.has(at)) at = at.slice(0, Math.max(0, at.lastIndexOf('.')));
    const words = missing !== undefined && known.has(parts.join('.')) ? 'Fill this in.' : sentence(each['problem']);
    if (found[at] === undefined) found[at] = words;
  }
  return found;
}

function namesOf(fields: readonly FormField[], prefix: string): string[] {
  return fields.flatMap((field) =>
    field.kind === 'group' ? namesOf(field.fields, `${prefix}${field.name}.`) : [`${prefix}${field.name}`],
  );
}

/** "must be >= 5" as people read it. */
function sentence(problem: string): string {
  return `This ${problem.replace('>=', 'at least').replace('<=', 'at most')}.`;
}

/** An instant as a local date and time, for the control that asks for one. */
function localText(instant: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function zoneOf(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const two = (value: number): string => String(value).padStart(2, '0');
  return minutes === 0
    ? 'Z'
    : `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function words(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function same(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
