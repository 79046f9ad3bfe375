// What a CESQL expression certainly needs, as a content pattern, so that such filters find their place in the index of patterns.
//
// 1. The pattern is necessary, not sufficient: whatever it lets through is still asked of the expression.
// 2. An AND is true only when both sides are. Of its parts these are understood: `attribute = 'text'`, `attribute IN ('a', 'b')`,
//    `attribute LIKE 'begin%'` and EXISTS; all others need nothing. Attributes of events are texts, so equality is equality of texts.
import type { CesqlExpression } from '../cesql/index.js';
import type { Condition, ValueTest } from '../pattern/index.js';
import { ATTRIBUTE_HEADER } from './seen-event.js';

const OWN = new Set(['id', 'source', 'type', 'subject', 'time']);

export function neededConditions(expression: CesqlExpression): Condition[] {
  switch (expression.kind) {
    case 'logic':
      return expression.operator === 'AND'
        ? [...neededConditions(expression.left), ...neededConditions(expression.right)]
        : [];
    case 'compare': {
      const { operator, left, right } = expression;
      if (operator !== '=') return [];
      if (right.kind === 'literal') return field(left, [exact(right)]);
      return left.kind === 'literal' ? field(right, [exact(left)]) : [];
    }
    case 'in':
      return field(expression.operand, expression.set.map(exact));
    case 'like': {
      const text = /^[^%_\\]*/.exec(expression.pattern)?.[0] ?? '';
      return text === '' ? [] : field(expression.operand, [{ kind: 'prefix', text, ignoreCase: false }]);
    }
    case 'exists':
      return field({ kind: 'attribute', name: expression.name }, [{ kind: 'exists', wanted: true }]);
    default:
      return [];
  }
}

function exact(expression: CesqlExpression): ValueTest | null {
  return expression.kind === 'literal' && typeof expression.value === 'string'
    ? { kind: 'exact', value: expression.value }
    : null;
}

function field(of: CesqlExpression, tests: readonly (ValueTest | null)[]): Condition[] {
  if (of.kind !== 'attribute' || of.name === 'specversion') return [];
  const known = tests.flatMap((test) => (test === null ? [] : [test]));
  if (known.length === 0 || known.length < tests.length) return [];
  const path = OWN.has(of.name) ? of.name : `headers.${ATTRIBUTE_HEADER}${of.name}`;
  return [{ kind: 'field', path, tests: known }];
}
