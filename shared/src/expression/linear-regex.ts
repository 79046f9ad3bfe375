/** Regular expressions that take time linear in the text (RE2), in the shape that JSONata expects of a RegExp. */
import { RE2JS } from 're2js';
import { failure, FailureError } from '../kernel/index.js';

export class LinearRegex {
  lastIndex = 0;
  readonly #program: RE2JS;

  /** @throws FailureError `expression.regex` for look-around, back-references and other things RE2 leaves out */
  constructor(pattern: RegExp) {
    this.#program = compileLinear(pattern);
  }

  /** Searches from `lastIndex` and moves it behind the match, as a RegExp with the flag `g` does. */
  exec(text: string): RegExpExecArray | null {
    const matcher = this.#program.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    const groups: (string | undefined)[] = [];
    for (let group = 0; group <= matcher.groupCount(); group += 1) groups.push(matcher.group(group) ?? undefined);
    this.lastIndex = matcher.end();
    return Object.assign(groups, { index: matcher.start(), input: text }) as unknown as RegExpExecArray;
  }
}

const programs = new WeakMap<RegExp, RE2JS>();

function compileLinear(pattern: RegExp): RE2JS {
  const before = programs.get(pattern);
  if (before !== undefined) return before;
  const flags = (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (pattern.multiline ? RE2JS.MULTILINE : 0);
  try {
    const program = RE2JS.compile(RE2JS.translateRegExp(pattern.source), flags);
    programs.set(pattern, program);
    return program;
  } catch (cause) {
    throw new FailureError(
      failure(
        'user',
        'expression.regex',
        `The regular expression /${pattern.source}/ is not supported: look-around and back-references are left out, ` +
          'because matching must take time linear in the text. Rewrite it without them.',
      ),
      { cause },
    );
  }
}
