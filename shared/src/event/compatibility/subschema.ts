// Whether everything that meets one schema (the narrow one) also meets another (the wide one).
//
// 1. Sound: no problems means that it is proven. What cannot be proven is a problem, in words.
// 2. Each keyword of the wide schema is proven on its own from all that the narrow conjunction says.
// 3. Alternatives of the narrow side (anyOf, oneOf, if, several types, enum) are tried one by one when the whole fails.
// 4. Recursive schemas: a comparison that is already under way counts as proven (the greatest fixed point).
// 5. `format`, `contentEncoding` and `contentMediaType` count as constraints; titles, defaults and ids do not.
// Left out: `unevaluated*`, `$dynamicRef` and references to other documents are equal or not proven.
import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import {
  bound,
  commonTypes,
  count,
  enumerated,
  isMatch,
  itemSchemas,
  itemsOf,
  possibleValues,
  propertySchemas,
  required,
  schemaOfValue,
  typesOf,
} from './facts.js';
import type { TypeName } from './facts.js';
import { canonical, flatten, listOf, objectOf } from './schema.js';
import type { Schema, SchemaDocument } from './schema.js';

interface SubschemaProblem {
  /** JSON pointer into the wide schema, references followed. */
  readonly path: string;
  readonly keyword: string;
  readonly message: string;
}

type Problems = readonly SubschemaProblem[];

const PROVEN: Problems = [];
const MAX_DEPTH = 40;
/** Comparisons in all; schemas that need more are not decided. */
const MAX_COMPARISONS = 20_000;

/** @returns nothing when every value that meets `narrow` is proven to meet `wide` */
export function subschemaProblems(narrow: Schema, wide: Schema): Problems {
  return new Comparison().compare([narrow], wide, '', 0);
}

class Comparison {
  readonly #underWay = new Set<string>();
  readonly #documents = new Map<SchemaDocument, number>();
  #count = 0;

  compare(narrow: readonly Schema[], wide: Schema, path: string, depth: number): Problems {
    this.#count += 1;
    if (depth > MAX_DEPTH || this.#count > MAX_COMPARISONS) {
      return [{ path, keyword: '$ref', message: 'The schemas are too deep or too large to compare.' }];
    }
    const key = `${narrow.map((part) => this.#nameOf(part)).join('&')} < ${this.#nameOf(wide)}`;
    if (this.#underWay.has(key)) return PROVEN;
    this.#underWay.add(key);
    const problems = this.#compareParts(flatten(narrow), flatten([wide]), path, depth);
    this.#underWay.delete(key);
    return problems;
  }

  /** Equal names: the same schema. A reference means something else in each document. */
  #nameOf({ value, document }: Schema): string {
    const text = canonical(value);
    if (!/"\$(?:ref|dynamicRef|recursiveRef)":/.test(text)) return text;
    const number = this.#documents.get(document) ?? this.#documents.size;
    this.#documents.set(document, number);
    return `${text} in document ${number}`;
  }

  #compareParts(narrow: readonly Schema[], wide: readonly Schema[], path: string, depth: number): Problems {
    if (this.#isEmpty(narrow, depth)) return PROVEN;
    const known = new Set(narrow.map((part) => this.#nameOf(part)));
    const problems = wide
      .filter((part) => !known.has(this.#nameOf(part)))
      .flatMap((part) => this.#comparePart(narrow, part, path, depth));
    if (problems.length === 0) return PROVEN;
    for (const cases of this.#casesOf(narrow)) {
      const each = cases.map((parts) => wide.flatMap((part) => this.compare(parts, part, path, depth + 1)));
      if (each.every(({ length }) => length === 0)) return PROVEN;
    }
    return problems;
  }

  /** Ways to split the narrow side into cases that cover it together. */
  *#casesOf(narrow: readonly Schema[]): Generator<Schema[][]> {
    for (const [index, { value, document }] of narrow.entries()) {
      if (!isJsonObject(value)) continue;
      const others = narrow.filter((_, other) => other !== index);
      const without = (...keywords: string[]): Schema =>
        document.schema(Object.fromEntries(Object.entries(value).filter(([keyword]) => !keywords.includes(keyword))));
      const anyOf = listOf(value['anyOf']);
      if (anyOf.length > 0) {
        yield anyOf.map((branch) => [...others, without('anyOf'), document.schema(branch)]);
      }
      const oneOf = listOf(value['oneOf']);
      if (oneOf.length > 0) {
        yield oneOf.map((branch) => {
          const rest = oneOf.filter((other) => other !== branch).map((other) => document.schema({ not: other }));
          return [...others, without('oneOf'), document.schema(branch), ...rest];
        });
      }
      if (value['if'] !== undefined) {
        const plain = [...others, without('if', 'then', 'else')];
        yield [
          [...plain, document.schema(value['if']), document.schema(value['then'] ?? true)],
          [...plain, document.schema({ not: value['if'] }), document.schema(value['else'] ?? true)],
        ];
      }
      if (Array.isArray(value['type']) && value['type'].length > 1) {
        const types = value['type'] as readonly Json[];
        yield types.map((type) => [...others, document.schema({ ...value, type })]);
      }
      const values = enumerated(value);
      // A single value that is fully described already would only be described again.
      if (values !== null && values.every((item) => canonical(schemaOfValue(item)) !== canonical(value))) {
        yield values.map((item) => [...others, document.schema(schemaOfValue(item))]);
      }
    }
  }

  #comparePart(narrow: readonly Schema[], wide: Schema, path: string, depth: number): Problems {
    const { value } = wide;
    if (value === true) return PROVEN;
    if (!isJsonObject(value)) {
      return [{ path, keyword: 'false', message: 'Values are possible here that are no longer allowed at all.' }];
    }
    const types = commonTypes(narrow);
    const has = (...names: TypeName[]): boolean => names.some((name) => types.has(name));
    return [
      ...this.#types(types, value, path),
      ...this.#enumeration(narrow, types, value, path),
      ...(has('integer', 'fraction') ? numbers(narrow, types, value, path) : []),
      ...(has('string') ? texts(narrow, value, path) : []),
      ...(has('object') ? this.#objects(narrow, wide, value, path, depth) : []),
      ...(has('array') ? this.#arrays(narrow, wide, value, path, depth) : []),
      ...this.#combinations(narrow, wide, value, path, depth),
      ...opaque(value, path),
    ];
  }

  #types(types: ReadonlySet<TypeName>, wide: JsonObject, path: string): Problems {
    const allowed = typesOf(wide);
    const surplus = [...types].filter((type) => !allowed.has(type));
    if (surplus.length === 0) return PROVEN;
    const names = surplus.map((type) => (type === 'fraction' ? 'number' : type)).join(', ');
    return [
      problem(
        path,
        'type',
        `Values of type ${names} are possible, but only ${JSON.stringify(wide['type'])} is allowed.`,
      ),
    ];
  }

  #enumeration(narrow: readonly Schema[], types: ReadonlySet<TypeName>, wide: JsonObject, path: string): Problems {
    const allowed = enumerated(wide);
    if (allowed === null) return PROVEN;
    const names = new Set(allowed.map(canonical));
    const finite = [...types].every((type) => type === 'null' || type === 'boolean');
    const all: readonly Json[] = [...(types.has('null') ? [null] : []), ...(types.has('boolean') ? [true, false] : [])];
    const possible = possibleValues(narrow) ?? (finite ? all : null);
    const keyword = wide['const'] === undefined ? 'enum' : 'const';
    if (possible === null) return [problem(path, keyword, 'Any value is possible, but only listed ones are allowed.')];
    const surplus = possible.filter((item) => !names.has(canonical(item)));
    if (surplus.length === 0) return PROVEN;
    return [problem(path, keyword, `${surplus.map((item) => JSON.stringify(item)).join(', ')} is no longer listed.`)];
  }

  #objects(narrow: readonly Schema[], wide: Schema, value: JsonObject, path: string, depth: number): Problems {
    const inner = (parts: readonly Schema[], schema: Json, at: string): Problems =>
      this.compare(parts, wide.document.schema(schema), `${path}/${at}`, depth + 1);
    const mandatory = required(narrow);
    const missing = (listOf(value['required']) as readonly string[]).filter((name) => !mandatory.has(name));
    const problems: SubschemaProblem[] = missing.map((name) =>
      problem(path, 'required', `"${name}" is required, but may be absent.`),
    );
    problems.push(...counts(narrow, value, path, 'Properties', mandatory.size));

    const names = new Set(
      [wide, ...narrow].flatMap((part) => Object.keys(objectOf(objectOf(part.value)['properties']))),
    );
    for (const name of names) {
      const before = propertySchemas(narrow, name);
      for (const { value: schema } of propertySchemas([wide], name)) {
        const isListed = Object.hasOwn(objectOf(value['properties']), name);
        problems.push(...inner(before, schema, isListed ? `properties/${pointer(name)}` : 'additionalProperties'));
      }
    }
    const patterns = objectOf(value['patternProperties']);
    for (const [pattern, schema] of Object.entries(patterns)) {
      for (const before of this.#unnamed(narrow, (other) => other === pattern)) {
        problems.push(...inner(before, schema, `patternProperties/${pointer(pattern)}`));
      }
    }
    const rest = value['additionalProperties'];
    if (rest !== undefined) {
      for (const before of this.#unnamed(narrow, () => false, Object.keys(patterns))) {
        problems.push(...inner(before, rest, 'additionalProperties'));
      }
    }
    if (value['propertyNames'] !== undefined) {
      const before = narrow.flatMap(({ value: own, document }) => {
        const namesOf = objectOf(own)['propertyNames'];
        return namesOf === undefined ? [] : [document.schema(namesOf)];
      });
      const text = wide.document.schema({ type: 'string' });
      problems.push(...inner([text, ...before], value['propertyNames'], 'propertyNames'));
    }
    problems.push(...this.#dependencies(narrow, wide, value, path, depth));
    return problems;
  }

  /**
   * What the narrow side says of properties that no `properties` names: for each kind of name, a conjunction.
   * @param same the pattern that all these names match; else @param handled patterns whose names are looked at elsewhere
   */
  #unnamed(narrow: readonly Schema[], same: (pattern: string) => boolean, handled: readonly string[] = []): Schema[][] {
    const certain: Schema[] = [];
    const kinds: Schema[][] = [];
    for (const { value, document } of narrow) {
      const patterns = Object.entries(objectOf(objectOf(value)['patternProperties']));
      const matching = patterns.filter(([pattern]) => same(pattern));
      if (matching.length > 0) {
        certain.push(...matching.map(([, schema]) => document.schema(schema)));
        continue;
      }
      const rest = objectOf(value)['additionalProperties'];
      const others = patterns.filter(([pattern]) => !handled.includes(pattern));
      if (others.length === 0) {
        if (rest !== undefined) certain.push(document.schema(rest));
      } else {
        kinds.push([document.schema(rest ?? true)], ...others.map(([, schema]) => [document.schema(schema)]));
      }
    }
    return kinds.length === 0 ? [certain] : kinds.map((kind) => [...certain, ...kind]);
  }

  #dependencies(narrow: readonly Schema[], wide: Schema, value: JsonObject, path: string, depth: number): Problems {
    const problems: SubschemaProblem[] = [];
    for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas']) {
      for (const [name, dependency] of Object.entries(objectOf(value[keyword]))) {
        const present = propertySchemas(narrow, name);
        if (this.#isEmpty(flatten(present), depth)) continue;
        const at = `${path}/${keyword}/${pointer(name)}`;
        const consequences = [{ required: [name] }, ...dependenciesOf(narrow, name)];
        const before = [...narrow, ...consequences.map((schema) => wide.document.schema(schema))];
        const wanted = wide.document.schema(Array.isArray(dependency) ? { required: dependency } : dependency);
        problems.push(...this.compare(before, wanted, at, depth + 1));
      }
    }
    return problems;
  }

  #arrays(narrow: readonly Schema[], wide: Schema, value: JsonObject, path: string, depth: number): Problems {
    const problems: SubschemaProblem[] = [...counts(narrow, value, path, 'Items', 0)];
    const longest = Math.max(0, ...[wide, ...narrow].map((part) => itemsOf(part.value).tuple.length));
    const most = count(narrow, 'maxItems') ?? Infinity;
    for (let place = 0; place <= longest && place < most; place += 1) {
      const before = itemSchemas(narrow, place);
      // Behind a place that cannot be there, there is nothing.
      if (this.#isEmpty(flatten(before), depth)) break;
      const at = place < longest ? `items/${place}` : 'items';
      for (const schema of itemSchemas([wide], place)) {
        problems.push(...this.compare(before, schema, `${path}/${at}`, depth + 1));
      }
    }
    if (
      value['uniqueItems'] === true &&
      !narrow.some((part) => objectOf(part.value)['uniqueItems'] === true) &&
      most > 1
    ) {
      problems.push(problem(path, 'uniqueItems', 'Items may be equal, but must be unique.'));
    }
    if (value['contains'] !== undefined) problems.push(...this.#contains(narrow, wide, value, path, depth));
    return problems;
  }

  #contains(narrow: readonly Schema[], wide: Schema, value: JsonObject, path: string, depth: number): Problems {
    const least = typeof value['minContains'] === 'number' ? value['minContains'] : 1;
    const wanted = wide.document.schema(value['contains'] ?? true);
    const isContained = narrow.some(({ value: own, document }) => {
      const { contains, minContains = 1, maxContains } = objectOf(own);
      if (contains === undefined || Number(minContains) < least) return false;
      const same = this.#nameOf(document.schema(contains)) === this.#nameOf(wanted);
      if (value['maxContains'] !== undefined && !(same && Number(maxContains) <= Number(value['maxContains'])))
        return false;
      return same || this.compare([document.schema(contains)], wanted, path, depth + 1).length === 0;
    });
    const isEveryItem = (): boolean =>
      value['maxContains'] === undefined &&
      (count(narrow, 'minItems') ?? 0) >= least &&
      narrow.every(({ value: own }) => itemsOf(own).tuple.length === 0) &&
      this.compare(itemSchemas(narrow, 0), wanted, path, depth + 1).length === 0;
    if (isContained || isEveryItem()) return PROVEN;
    return [problem(path, 'contains', 'It is not certain that such an item is contained, or how often.')];
  }

  #combinations(narrow: readonly Schema[], wide: Schema, value: JsonObject, path: string, depth: number): Problems {
    const { document } = wide;
    const problems: SubschemaProblem[] = [];
    const anyOf = listOf(value['anyOf']);
    if (anyOf.length > 0 && !anyOf.some((branch) => this.#holds(narrow, document.schema(branch), depth))) {
      problems.push(problem(path, 'anyOf', 'Values are possible that fit none of the alternatives.'));
    }
    const oneOf = listOf(value['oneOf']).map((branch) => document.schema(branch));
    if (oneOf.length > 0 && !this.#isExactlyOne(narrow, oneOf, depth)) {
      problems.push(problem(path, 'oneOf', 'It is not certain that exactly one of the alternatives fits.'));
    }
    if (value['not'] !== undefined && !this.#isApart(narrow, document.schema(value['not']), depth)) {
      problems.push(problem(path, 'not', 'Values are possible that are forbidden.'));
    }
    if (value['if'] !== undefined) {
      const yes = [...narrow, document.schema(value['if'])];
      const no = [...narrow, document.schema({ not: value['if'] })];
      problems.push(...this.compare(yes, document.schema(value['then'] ?? true), `${path}/then`, depth + 1));
      problems.push(...this.compare(no, document.schema(value['else'] ?? true), `${path}/else`, depth + 1));
    }
    return problems;
  }

  #isExactlyOne(narrow: readonly Schema[], branches: readonly Schema[], depth: number): boolean {
    const isFirst = branches.some(
      (branch) =>
        this.#holds(narrow, branch, depth) &&
        branches.every((other) => other === branch || this.#isApart(narrow, other, depth)),
    );
    return isFirst || narrow.some((part) => this.#isSameChoice(part, branches, depth));
  }

  /** Two `oneOf`s mean the same when their alternatives do, in any order. */
  #isSameChoice(part: Schema, branches: readonly Schema[], depth: number): boolean {
    const own = listOf(objectOf(part.value)['oneOf']).map((branch) => part.document.schema(branch));
    if (own.length !== branches.length) return false;
    const left = [...own];
    return branches.every((branch) => {
      const same = left.findIndex((one) => this.#holds([one], branch, depth) && this.#holds([branch], one, depth));
      if (same >= 0) left.splice(same, 1);
      return same >= 0;
    });
  }

  #holds(narrow: readonly Schema[], wide: Schema, depth: number): boolean {
    return this.compare(narrow, wide, '', depth + 1).length === 0;
  }

  /** Whether no value of the narrow side meets the other schema. */
  #isApart(narrow: readonly Schema[], other: Schema, depth: number): boolean {
    if (this.#isEmpty(flatten([...narrow, other]), depth)) return true;
    return narrow.some(({ value, document }) => {
      const forbidden = objectOf(value)['not'];
      return forbidden !== undefined && this.#holds([other], document.schema(forbidden), depth);
    });
  }

  /** Whether nothing can meet all parts. Only what is seen easily; false means "perhaps not". */
  #isEmpty(parts: readonly Schema[], depth: number): boolean {
    if (parts.some(({ value }) => value === false)) return true;
    const types = commonTypes(parts);
    if (types.size === 0 || possibleValues(parts)?.length === 0) return true;
    const known = new Set(parts.map((part) => this.#nameOf(part)));
    const contradicts = parts.some(({ value, document }) => {
      const forbidden = objectOf(value)['not'];
      return forbidden !== undefined && (known.has(this.#nameOf(document.schema(forbidden))) || forbidden === true);
    });
    if (contradicts) return true;
    if ([...types].every((type) => type === 'integer' || type === 'fraction')) {
      const [low, high] = [bound(parts, 'minimum'), bound(parts, 'maximum')];
      if (low === null || high === null) return false;
      return low.value > high.value || (low.value === high.value && (low.open || high.open));
    }
    if (types.size !== 1 || !types.has('object') || depth > MAX_DEPTH) return false;
    return [...required(parts)].some((name) => this.#isEmpty(flatten(propertySchemas(parts, name)), depth + 1));
  }
}

function problem(path: string, keyword: string, message: string): SubschemaProblem {
  return { path: `${path}/${keyword}`, keyword, message };
}

function pointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What the narrow side demands when a property is there. */
function dependenciesOf(narrow: readonly Schema[], name: string): JsonObject[] {
  return narrow.flatMap(({ value }) =>
    ['dependencies', 'dependentRequired', 'dependentSchemas'].flatMap((keyword) => {
      const found = objectOf(objectOf(value)[keyword])[name];
      if (Array.isArray(found)) return [{ required: found }];
      return isJsonObject(found) ? [found] : [];
    }),
  );
}

function numbers(
  narrow: readonly Schema[],
  types: ReadonlySet<TypeName>,
  wide: JsonObject,
  path: string,
): SubschemaProblem[] {
  const problems: SubschemaProblem[] = [];
  const schema = [{ value: wide } as Schema];
  for (const end of ['minimum', 'maximum'] as const) {
    const wanted = bound(schema, end);
    const given = bound(narrow, end);
    if (wanted === null) continue;
    const inside =
      given !== null &&
      (given.value === wanted.value
        ? given.open || !wanted.open
        : end === 'minimum'
          ? given.value > wanted.value
          : given.value < wanted.value);
    if (!inside) {
      const limit = `${end === 'minimum' ? 'below' : 'above'} ${wanted.value}`;
      problems.push(problem(path, end, `Numbers ${limit}${wanted.open ? ' or equal to it' : ''} are possible.`));
    }
  }
  const step = wide['multipleOf'];
  if (typeof step === 'number') {
    const given = narrow.map(({ value }) => objectOf(value)['multipleOf']).filter((own) => typeof own === 'number');
    const values = possibleValues(narrow)?.filter((value) => typeof value === 'number');
    const onlyIntegers = !types.has('fraction') && isMultiple(1, step);
    if (
      !onlyIntegers &&
      !given.some((own) => isMultiple(own, step)) &&
      !values?.every((own) => isMultiple(own, step))
    ) {
      problems.push(problem(path, 'multipleOf', `Numbers are possible that are no multiple of ${step}.`));
    }
  }
  return problems;
}

function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}

function texts(narrow: readonly Schema[], wide: JsonObject, path: string): SubschemaProblem[] {
  const problems: SubschemaProblem[] = [...counts(narrow, wide, path, 'Length', 0)];
  const values = possibleValues(narrow)?.filter((value) => typeof value === 'string');
  for (const keyword of ['pattern', 'format', 'contentEncoding', 'contentMediaType']) {
    const wanted = wide[keyword];
    if (typeof wanted !== 'string' || narrow.some(({ value }) => objectOf(value)[keyword] === wanted)) continue;
    if (keyword === 'pattern' && values?.every((value) => isMatch(wanted, value)) === true) continue;
    problems.push(problem(path, keyword, `Texts are possible that are not of ${keyword} ${JSON.stringify(wanted)}.`));
  }
  return problems;
}

/** `minX` and `maxX`. @param least what is certain of the minimum without the keyword */
function counts(
  narrow: readonly Schema[],
  wide: JsonObject,
  path: string,
  what: 'Length' | 'Items' | 'Properties',
  least: number,
): SubschemaProblem[] {
  const problems: SubschemaProblem[] = [];
  const [low, high] = [wide[`min${what}`], wide[`max${what}`]];
  if (typeof low === 'number' && Math.max(least, count(narrow, `min${what}`) ?? 0) < low) {
    problems.push(problem(path, `min${what}`, `Less than ${low} is possible.`));
  }
  if (typeof high === 'number' && (count(narrow, `max${what}`) ?? Infinity) > high) {
    problems.push(problem(path, `max${what}`, `More than ${high} is possible.`));
  }
  return problems;
}

/** Keywords that this comparison does not see through. */
function opaque(wide: JsonObject, path: string): SubschemaProblem[] {
  return ['$ref', '$dynamicRef', '$recursiveRef', 'unevaluatedProperties', 'unevaluatedItems']
    .filter((keyword) => wide[keyword] !== undefined && wide[keyword] !== true)
    .map((keyword) => problem(path, keyword, `${keyword} cannot be compared; only an equal schema is known to fit.`));
}
