import { describe, expect, it } from '@jest/globals';
import { evaluateCesqlText, parseCesql, passesCesql } from './index.js';

const EVENT = { id: '1', source: '/shop', type: 'order.paid', subject: 'o-1', sequence: '10', vip: true, hops: 3 };

describe('CESQL', () => {
  it.each([
    ["type = 'order.paid' AND vip", true],
    ["type LIKE 'order.%' AND subject NOT IN ('o-2', 'o-3')", true],
    ['sequence = 10', true],
    ['sequence + hops * 2', 16],
    ['7 - -3', 10],
    ['7-3', 4],
    ['-7 / 2', -3],
    ['-7 % 2', -1],
    ['2 + 3 * 4 = 14', true],
    ['true OR false AND false', false],
    ['NOT EXISTS missing', true],
    ['EXISTS ID', true],
    ["concat_ws('-', UPPER(subject), abs(-4))", 'O-1-4'],
    ["LENGTH('héllo😀')", 6],
    ["SUBSTRING('Sakila', -5, 3)", 'aki'],
    ["IS_INT('12') AND NOT IS_INT('x') AND IS_BOOL('True')", true],
    ["'a%c' LIKE 'a\\%c'", true],
    ["'it\\'s'", "it's"],
    ['-2147483648', -2147483648],
    ["INT('+5')", 5],
  ])('%s gives %p', (text, value) => {
    expect(evaluateCesqlText(text, EVENT)).toEqual({ value, errors: [] });
  });

  it.each([
    ['2147483647 + 1', 0, 'math'],
    ['ABS(-2147483648)', 2147483647, 'math'],
    ['1 / 0', 0, 'math'],
    ['missing', false, 'missingAttribute'],
    ['-missing', 0, 'missingAttribute'],
    ["missing != 'x'", false, 'missingAttribute'],
    ["'abc' = 1", false, 'cast'],
    ["INT('2147483648')", 0, 'cast'],
    ['NOPE(1)', false, 'missingFunction'],
    ["LEFT('abc', -1)", 'abc', 'functionEvaluation'],
    ['2147483648', false, 'parse'],
    ['1 = ', false, 'parse'],
    ["'open", false, 'parse'],
    ['a LIKE b', false, 'parse'],
    ['1 IN ()', false, 'parse'],
    ['data = 1 #', false, 'parse'],
  ])('%s gives %p with the error %s', (text, value, kind) => {
    const result = evaluateCesqlText(text, EVENT);
    expect([result.value, result.errors.map((error) => error.kind)]).toEqual([value, [kind]]);
  });

  it('does not evaluate the right side when the left side of AND or OR decides', () => {
    expect(evaluateCesqlText('false AND missing', EVENT)).toEqual({ value: false, errors: [] });
    expect(evaluateCesqlText('true OR missing', EVENT)).toEqual({ value: true, errors: [] });
  });

  it('passes an event only when the value is true and no error was met', () => {
    const passes = (text: string): boolean => {
      const parsed = parseCesql(text);
      return parsed.ok && passesCesql(parsed.expression, EVENT);
    };
    expect(['vip', 'hops', 'NOT 10', "source = '/shop'"].map(passes)).toEqual([true, false, false, true]);
  });

  it('says where the text cannot be read, and refuses texts that would exhaust the stack', () => {
    expect(parseCesql('id = )')).toMatchObject({ ok: false, error: { kind: 'parse', offset: 5 } });
    expect(parseCesql('('.repeat(4000)).ok).toBe(false);
    expect(parseCesql(`1${' + 1'.repeat(2000)}`).ok).toBe(false);
    expect(parseCesql(`'${'x'.repeat(20_000)}'`).ok).toBe(false);
  });
});
