/**
 * The text of a template field: fixed text with `{{ expression }}` inside.
 *
 * The closing braces are found by reading the expression as JSONata does, so that braces inside strings, quoted names,
 * regular expressions, comments and object constructors do not end it early. There is no escape character: literal
 * braces are written as an expression that yields them, `{{ "{{" }}`.
 */

/** A run of the field's text. Offsets are UTF-16 positions in the field; `end` is exclusive. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string; readonly start: number; readonly end: number }
  | {
      readonly kind: 'expression';
      /** What stands between the braces, spaces included. */
      readonly source: string;
      /** Where the opening braces begin and the closing braces end. */
      readonly start: number;
      readonly end: number;
      /** Where `source` begins in the field. */
      readonly sourceStart: number;
      /** False when the field ends before the closing braces. */
      readonly closed: boolean;
    };

/** Splits a field into text and expressions. Never fails: an expression that is not closed reaches to the end. */
export function parseTemplateText(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let position = 0;
  while (position < text.length) {
    const open = text.indexOf('{{', position);
    const textEnd = open === -1 ? text.length : open;
    if (textEnd > position)
      parts.push({ kind: 'text', text: text.slice(position, textEnd), start: position, end: textEnd });
    if (open === -1) break;
    const sourceStart = open + 2;
    const close = findClosingBraces(text, sourceStart);
    const end = close === -1 ? text.length : close + 2;
    const source = text.slice(sourceStart, close === -1 ? text.length : close);
    parts.push({ kind: 'expression', source, start: open, end, sourceStart, closed: close !== -1 });
    position = end;
  }
  return parts;
}

/** True when the whole field is one closed expression, so that its value keeps its type. */
export function isWholeExpression(parts: readonly TemplatePart[]): boolean {
  const only = parts.length === 1 ? parts[0] : undefined;
  return only?.kind === 'expression' && only.closed;
}

const OPERATORS = new Set('.[]{}(),@#;:?+-*/%|=<>^&!~');
const WORD_OPERATORS = new Set(['and', 'or', 'in']);

/** Position of the `}}` that ends the expression starting at `from`, or -1. */
function findClosingBraces(text: string, from: number): number {
  let depth = 0;
  // JSONata tells a regex from a division by whether an operand is expected; so do we.
  let operandExpected = true;
  let position = from;
  while (position < text.length) {
    const char = text.charAt(position);
    if (char === '}') {
      if (depth === 0) return text.charAt(position + 1) === '}' ? position : -1;
      depth -= 1;
      operandExpected = false;
      position += 1;
    } else if (char === '/' && text.charAt(position + 1) === '*') {
      const end = text.indexOf('*/', position + 2);
      if (end === -1) return -1;
      position = end + 2;
    } else if (char === '"' || char === "'") {
      position = endOfString(text, position);
      operandExpected = false;
    } else if (char === '`') {
      const end = text.indexOf('`', position + 1);
      if (end === -1) return -1;
      position = end + 1;
      operandExpected = false;
    } else if (char === '/' && operandExpected) {
      position = endOfRegex(text, position);
      operandExpected = false;
    } else if (OPERATORS.has(char)) {
      if (char === '{') depth += 1;
      // `*`, `**`, `%` and `?` stand for a value where a value is expected; closing brackets end one.
      const standsForValue: boolean = operandExpected && (char === '*' || char === '%' || char === '?');
      const doubled = char === '*' && text.charAt(position + 1) === '*';
      operandExpected = !(standsForValue || char === ')' || char === ']');
      position += doubled ? 2 : 1;
    } else if (/\s/.test(char)) {
      position += 1;
    } else {
      const start = position;
      while (position < text.length && !isWordEnd(text.charAt(position))) position += 1;
      operandExpected = !operandExpected && WORD_OPERATORS.has(text.slice(start, position));
    }
  }
  return -1;
}

function isWordEnd(char: string): boolean {
  return OPERATORS.has(char) || /\s/.test(char) || char === '"' || char === "'" || char === '`';
}

function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  let position = start + 1;
  while (position < text.length) {
    const char = text.charAt(position);
    if (char === '\\') position += 2;
    else if (char === quote) return position + 1;
    else position += 1;
  }
  return text.length;
}

/** JSONata's own rule: the first slash outside brackets that an even number of backslashes precedes. */
function endOfRegex(text: string, start: number): number {
  let depth = 0;
  for (let position = start + 1; position < text.length; position += 1) {
    const char = text.charAt(position);
    if (char === '/' && depth === 0 && backslashesBefore(text, position) % 2 === 0) {
      let end = position + 1;
      while (text.charAt(end) === 'i' || text.charAt(end) === 'm') end += 1;
      return end;
    }
    if (text.charAt(position - 1) === '\\') continue;
    if (char === '(' || char === '[' || char === '{') depth += 1;
    else if (char === ')' || char === ']' || char === '}') depth -= 1;
  }
  return text.length;
}

function backslashesBefore(text: string, position: number): number {
  let count = 0;
  while (text.charAt(position - count - 1) === '\\') count += 1;
  return count;
}
