/** A piece of CESQL text. Words are identifiers, keywords and function names; `text` of a string is already unescaped. */
export interface Token {
  readonly kind: 'word' | 'integer' | 'string' | 'symbol' | 'end';
  readonly text: string;
  readonly offset: number;
}

export class CesqlSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /[ \t\r\n]+/y;
const WORD = /[A-Za-z0-9_]+/y;
const SYMBOL = /<=|>=|<>|!=|[=<>+\-*/%(),]/y;

/** @throws CesqlSyntaxError */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = offset;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (offset < text.length) {
    const space = take(SPACE);
    if (space !== null) {
      offset += space.length;
      continue;
    }
    const quote = text.charAt(offset);
    if (quote === "'" || quote === '"') {
      const end = closingQuote(text, offset, quote);
      tokens.push({ kind: 'string', text: unescape(text.slice(offset + 1, end), quote), offset });
      offset = end + 1;
      continue;
    }
    const word = take(WORD);
    const found = word ?? take(SYMBOL);
    if (found === null) throw new CesqlSyntaxError(`"${quote}" is not part of the language.`, offset);
    const kind = word === null ? 'symbol' : /^[0-9]+$/.test(word) ? 'integer' : 'word';
    tokens.push({ kind, text: found, offset });
    offset += found.length;
  }
  return [...tokens, { kind: 'end', text: '', offset }];
}

function closingQuote(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  throw new CesqlSyntaxError(`The string that starts here has no closing ${quote}.`, start);
}

/** Only the delimiter is escaped in a string; any other backslash stays, so that LIKE patterns see theirs. */
function unescape(content: string, quote: string): string {
  return content.replaceAll(`\\${quote}`, quote);
}
