import type { JsonObject } from '../../kernel/index.js';
import { eventFields } from './fields.js';
import type { EventFields } from './fields.js';
import { isValue, outcomeOf } from './match.js';
import { nameOfTest } from './pattern.js';
import type { Condition, EventPattern, Scalar } from './pattern.js';

/** Why an event matched or did not. */
export interface Explanation {
  readonly matches: boolean;
  readonly fields: readonly FieldExplanation[];
}

export interface FieldExplanation {
  /** Dotted path in the event, or where the `$or` stands in the pattern. */
  readonly path: string;
  readonly matches: boolean;
  /** The values that the event has there; empty when it has none. */
  readonly found: readonly Scalar[];
  /** One sentence. */
  readonly reason: string;
  /** For `$or`: each alternative on its own. */
  readonly alternatives?: readonly Explanation[];
}

/** Goes through a pattern field by field and says what each found. */
export function explainPattern(pattern: EventPattern, event: JsonObject): Explanation {
  return explainCondition(pattern.condition, eventFields(event));
}

function explainCondition(condition: Condition, fields: EventFields): Explanation {
  const parts = explainParts(condition, fields);
  const outcome = outcomeOf(condition, fields);
  const matches = outcome === 'match';
  if (matches || parts.some((part) => !part.matches)) return { matches, fields: parts };
  const apart: FieldExplanation = {
    path: '',
    matches: false,
    found: [],
    reason:
      outcome === 'too-many'
        ? 'The event has more array elements than are compared; ask for fewer arrays in one pattern.'
        : 'Each field matches, but in different elements of an array; they must match in the same element.',
  };
  return { matches, fields: [...parts, apart] };
}

function explainParts(condition: Condition, fields: EventFields): FieldExplanation[] {
  switch (condition.kind) {
    case 'all':
      return condition.conditions.flatMap((part) => explainParts(part, fields));
    case 'any': {
      const alternatives = condition.conditions.map((part) => explainCondition(part, fields));
      const number = alternatives.findIndex(({ matches }) => matches);
      const reason = number < 0 ? 'None of the alternatives matches.' : `Alternative ${number + 1} matches.`;
      return [{ path: condition.path, matches: number >= 0, found: [], reason, alternatives }];
    }
    case 'field':
      return [explainField(condition, fields)];
  }
}

function explainField({ path, tests }: Extract<Condition, { kind: 'field' }>, fields: EventFields): FieldExplanation {
  const found = (fields.leaves.get(path) ?? []).map(({ value }) => value);
  const wanted = tests.map(nameOfTest).join(', or ');
  if (found.length === 0) {
    const matches = tests.some((test) => test.kind === 'exists' && !test.wanted);
    const inside = [...fields.leaves.keys()].some((leaf) => leaf.startsWith(`${path}.`));
    const what = inside ? 'is an object, not a value' : 'is not in the event';
    return {
      path,
      matches,
      found,
      reason: matches ? `"${path}" ${what}, as wanted.` : `"${path}" ${what}; wanted: ${wanted}.`,
    };
  }
  const shown = found
    .slice(0, 5)
    .map((value) => JSON.stringify(value))
    .join(', ');
  for (const value of found) {
    const test = tests.find((candidate) => isValue(candidate, value));
    if (test !== undefined) {
      return { path, matches: true, found, reason: `${JSON.stringify(value)} passes: ${nameOfTest(test)}.` };
    }
  }
  return {
    path,
    matches: false,
    found,
    reason: `Found ${shown}${found.length > 5 ? ', ...' : ''}; wanted: ${wanted}.`,
  };
}
