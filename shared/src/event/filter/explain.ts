import type { Json, JsonObject } from '../../kernel/index.js';
import { cesqlParts, cesqlText, evaluateCesql } from '../cesql/index.js';
import type { CesqlEvent, CesqlExpression } from '../cesql/index.js';
import { explainPattern } from '../pattern/index.js';
import type { Explanation } from '../pattern/index.js';
import { readFilter } from './filter.js';
import type { EventFilter } from './filter.js';
import { cesqlAttributes } from './seen-event.js';
import type { SeenEvent } from './seen-event.js';

/** Why an event passes a filter or does not: in both languages a list of what was asked, outermost first. */
export interface FilterExplanation {
  readonly language: 'none' | 'pattern' | 'cesql';
  readonly matches: boolean;
  /** One sentence. */
  readonly reason: string;
  readonly parts: readonly ExplainedPart[];
}

export interface ExplainedPart {
  /** How deep it lies in what stands before it. */
  readonly depth: number;
  /** A path of the event, or the text of a part of the expression. */
  readonly what: string;
  readonly matches: boolean;
  /** The values that the event has at the path, or the value of the part. */
  readonly found: Json;
  readonly reason: string;
}

const MOST_PARTS = 500;
const MOST_TEXT = 300;

export function explainFilter(filter: EventFilter | null, event: SeenEvent): FilterExplanation {
  if (filter === null) {
    return {
      language: 'none',
      matches: true,
      reason: 'There is no filter; every event of the type is meant.',
      parts: [],
    };
  }
  const reading = readFilter(filter);
  if (!reading.ok) {
    const { message, where } = reading.problem;
    const language = typeof filter === 'string' ? 'cesql' : 'pattern';
    const reason = `The filter cannot be read${where === '' ? '' : ` at ${where}`}, so nothing passes: ${message}`;
    return { language, matches: false, reason, parts: [] };
  }
  const parts: ExplainedPart[] = [];
  if (reading.filter.language === 'pattern') {
    const explanation = explainPattern(reading.filter.pattern, { ...event } as JsonObject);
    addFields(explanation, 0, parts);
    const wrong = explanation.fields.find((each) => !each.matches);
    return {
      language: 'pattern',
      matches: explanation.matches,
      reason: wrong?.reason ?? 'Every field matches.',
      parts,
    };
  }
  const { expression } = reading.filter;
  const attributes = cesqlAttributes(event);
  addExpressions(expression, attributes, 0, parts);
  const { value, errors } = evaluateCesql(expression, attributes);
  const [error] = errors;
  const matches = value === true && error === undefined;
  const reason =
    error !== undefined
      ? `${error.message} An error lets nothing pass.`
      : matches
        ? 'The expression is true.'
        : `The expression gives ${JSON.stringify(value)}; only true passes.`;
  return { language: 'cesql', matches, reason, parts };
}

function addFields({ fields }: Explanation, depth: number, parts: ExplainedPart[]): void {
  for (const { path, matches, found, reason, alternatives = [] } of fields) {
    if (parts.length >= MOST_PARTS) return;
    parts.push({ depth, what: path, matches, found: found.slice(0, 20), reason });
    alternatives.forEach((each, index) => {
      const outcome = each.matches ? 'It matches.' : 'It does not match.';
      parts.push({
        depth: depth + 1,
        what: `alternative ${index + 1}`,
        matches: each.matches,
        found: [],
        reason: outcome,
      });
      addFields(each, depth + 2, parts);
    });
  }
}

/** Each part on its own, also those that the whole never looks at because the left side decides. */
function addExpressions(expression: CesqlExpression, event: CesqlEvent, depth: number, parts: ExplainedPart[]): void {
  if (expression.kind === 'literal' || parts.length >= MOST_PARTS) return;
  const { value, errors } = evaluateCesql(expression, event);
  const reason =
    errors.length === 0 ? `Gives ${shortened(JSON.stringify(value))}.` : errors.map(({ message }) => message).join(' ');
  parts.push({
    depth,
    what: shortened(cesqlText(expression)),
    matches: value === true && errors.length === 0,
    found: value,
    reason,
  });
  for (const part of cesqlParts(expression)) addExpressions(part, event, depth + 1, parts);
}

function shortened(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}...`;
}
