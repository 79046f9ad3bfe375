// CESQL text to syntax tree, by precedence climbing.
//
// 1. From tightest to loosest: function call, NOT and unary minus, LIKE and IN, * / %, + -, comparisons, AND OR XOR.
// 2. Operators of one level associate to the left ("evaluated in left to right order", section 3.6).
// 3. Keywords, function names and attribute names are case-insensitive.
// 4. Size and nesting are bounded, so that no text can exhaust the stack.
import type { ArithmeticOperator, CesqlError, CesqlExpression, ComparisonOperator, LogicOperator } from './syntax.js';
import { INTEGER_MAX, INTEGER_MIN } from './syntax.js';
import { CesqlSyntaxError, tokenize } from './tokens.js';
import type { Token } from './tokens.js';

export type CesqlParse =
  { readonly ok: true; readonly expression: CesqlExpression } | { readonly ok: false; readonly error: CesqlError };

/** Longest text that is accepted, in UTF-16 units. */
export const CESQL_MAX_LENGTH = 10_000;
const MAX_DEPTH = 200;

const KEYWORDS = new Set(['AND', 'OR', 'XOR', 'NOT', 'LIKE', 'IN', 'EXISTS', 'TRUE', 'FALSE']);

type Level = { readonly kind: 'logic' | 'compare' | 'arithmetic'; readonly operators: readonly string[] };

/** Binary operators, loosest level first. */
const LEVELS: readonly Level[] = [
  { kind: 'logic', operators: ['AND', 'OR', 'XOR'] },
  { kind: 'compare', operators: ['=', '!=', '<>', '<', '<=', '>', '>='] },
  { kind: 'arithmetic', operators: ['+', '-'] },
  { kind: 'arithmetic', operators: ['*', '/', '%'] },
];

/**
 * Reads a CloudEvents SQL v1 expression.
 *
 * @see https://github.com/cloudevents/spec/blob/main/cesql/spec.md
 */
export function parseCesql(text: string): CesqlParse {
  if (text.length > CESQL_MAX_LENGTH) {
    return refusal(`The expression has more than ${CESQL_MAX_LENGTH} characters; split it.`, CESQL_MAX_LENGTH);
  }
  try {
    return { ok: true, expression: new Parser(tokenize(text)).whole() };
  } catch (error) {
    if (error instanceof CesqlSyntaxError) return refusal(error.message, error.offset);
    throw error;
  }
}

function refusal(message: string, offset: number): CesqlParse {
  return { ok: false, error: { kind: 'parse', message, offset } };
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): CesqlExpression {
    const expression = this.#level(0);
    if (this.#next.kind !== 'end') this.#fail(`Expected an operator or the end, but found "${this.#next.text}".`);
    return expression;
  }

  #level(index: number): CesqlExpression {
    const level = LEVELS[index];
    if (level === undefined) return this.#postfix();
    let left = this.#level(index + 1);
    for (let length = 1; ; length += 1) {
      const operator = this.#operator(level);
      if (operator === null) return left;
      // A long chain is a deep tree for the evaluator.
      if (length > MAX_DEPTH) this.#fail(`More than ${MAX_DEPTH} operators in a row; use parentheses or IN.`);
      left = binary(level.kind, operator, left, this.#level(index + 1));
    }
  }

  #operator(level: Level): string | null {
    const token = this.#next;
    const operator = token.kind === 'word' ? token.text.toUpperCase() : token.kind === 'symbol' ? token.text : '';
    if (!level.operators.includes(operator)) return null;
    this.#at += 1;
    return operator;
  }

  #postfix(): CesqlExpression {
    let expression = this.#unary();
    for (;;) {
      const negated = this.#isKeyword('NOT') && ['LIKE', 'IN'].includes(this.#peek(1).text.toUpperCase());
      if (!negated && !this.#isKeyword('LIKE') && !this.#isKeyword('IN')) return expression;
      if (negated) this.#at += 1;
      const operand = expression;
      const test: CesqlExpression = this.#takeKeyword('LIKE')
        ? { kind: 'like', operand, pattern: this.#pattern() }
        : { kind: 'in', operand, set: this.#set() };
      expression = negated ? { kind: 'not', operand: test } : test;
    }
  }

  #pattern(): string {
    const token = this.#next;
    if (token.kind !== 'string') this.#fail("LIKE needs a pattern in quotes, for example LIKE 'order%'.");
    this.#at += 1;
    return token.text;
  }

  #set(): CesqlExpression[] {
    this.#at += 1;
    this.#expect('(');
    const set = this.#list();
    if (set.length === 0) this.#fail('IN needs at least one value between its parentheses.');
    return set;
  }

  /** What follows an opening parenthesis: expressions between commas, and the closing parenthesis. */
  #list(): CesqlExpression[] {
    const items: CesqlExpression[] = [];
    if (this.#takeSymbol(')')) return items;
    do items.push(this.#nested(() => this.#level(0)));
    while (this.#takeSymbol(','));
    this.#expect(')');
    return items;
  }

  #unary(): CesqlExpression {
    if (this.#takeKeyword('NOT')) return { kind: 'not', operand: this.#nested(() => this.#unary()) };
    const sign = this.#next;
    if (sign.kind === 'symbol' && (sign.text === '-' || sign.text === '+')) {
      this.#at += 1;
      if (this.#next.kind === 'integer') return this.#integer(sign.text);
      if (sign.text === '+') this.#fail('A plus sign in front needs a number behind it.');
      return { kind: 'negate', operand: this.#nested(() => this.#unary()) };
    }
    return this.#primary();
  }

  #integer(sign: string): CesqlExpression {
    const token = this.#next;
    const value = Number(`${sign}${token.text}`);
    if (value < INTEGER_MIN || value > INTEGER_MAX) this.#fail(`${sign}${token.text} does not fit in 32 bits.`);
    this.#at += 1;
    return { kind: 'literal', value: value === 0 ? 0 : value };
  }

  #primary(): CesqlExpression {
    const token = this.#next;
    if (token.kind === 'integer') {
      // Digits are also a valid attribute name, but a number to the language.
      return this.#integer('');
    }
    if (token.kind === 'string') {
      this.#at += 1;
      return { kind: 'literal', value: token.text };
    }
    if (this.#takeSymbol('(')) {
      const inner = this.#nested(() => this.#level(0));
      this.#expect(')');
      return inner;
    }
    if (token.kind !== 'word') {
      this.#fail(token.kind === 'end' ? 'The expression ends too early.' : `"${token.text}" has no value before it.`);
    }
    if (this.#takeKeyword('TRUE')) return { kind: 'literal', value: true };
    if (this.#takeKeyword('FALSE')) return { kind: 'literal', value: false };
    if (this.#takeKeyword('EXISTS')) return { kind: 'exists', name: this.#name() };
    if (this.#peek(1).kind === 'symbol' && this.#peek(1).text === '(' && !KEYWORDS.has(token.text.toUpperCase())) {
      if (!/^[A-Za-z][A-Za-z_]*$/.test(token.text)) this.#fail(`"${token.text}" is not a function name.`);
      this.#at += 2;
      return { kind: 'call', name: token.text.toUpperCase(), args: this.#list() };
    }
    return { kind: 'attribute', name: this.#name() };
  }

  #name(): string {
    const token = this.#next;
    if (token.kind !== 'word' && token.kind !== 'integer') this.#fail('Expected the name of an attribute.');
    if (KEYWORDS.has(token.text.toUpperCase())) this.#fail(`"${token.text}" is a keyword, not an attribute.`);
    if (token.text.includes('_'))
      this.#fail(`"${token.text}" is not an attribute name: those have letters and digits.`);
    this.#at += 1;
    return token.text.toLowerCase();
  }

  #nested<Value>(read: () => Value): Value {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail(`Nested more than ${MAX_DEPTH} deep.`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  get #next(): Token {
    return this.#peek(0);
  }

  #peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] ?? { kind: 'end', text: '', offset: 0 };
  }

  #isKeyword(keyword: string): boolean {
    return this.#next.kind === 'word' && this.#next.text.toUpperCase() === keyword;
  }

  #takeKeyword(keyword: string): boolean {
    if (!this.#isKeyword(keyword)) return false;
    this.#at += 1;
    return true;
  }

  #takeSymbol(symbol: string): boolean {
    if (this.#next.kind !== 'symbol' || this.#next.text !== symbol) return false;
    this.#at += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#takeSymbol(symbol)) this.#fail(`Expected "${symbol}".`);
  }

  #fail(message: string): never {
    throw new CesqlSyntaxError(message, this.#next.offset);
  }
}

function binary(kind: Level['kind'], operator: string, left: CesqlExpression, right: CesqlExpression): CesqlExpression {
  switch (kind) {
    case 'logic':
      return { kind, operator: operator as LogicOperator, left, right };
    case 'compare':
      return { kind, operator: operator as ComparisonOperator, left, right };
    case 'arithmetic':
      return { kind, operator: operator as ArithmeticOperator, left, right };
  }
}
