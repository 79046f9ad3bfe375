/** What a picked path changes in the text of a field (E59): it replaces what is empty or one value, and goes in elsewhere. */
import { isWholeExpression, parseTemplateText } from '@sagawright/shared/expression';

export interface Change {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

const EMPTY: ReadonlySet<string> = new Set(['', '{}', '[]', '""', 'null']);
/** One path and nothing else: what picking another one is meant to replace. */
const ONE_PATH = /^\s*(?:[A-Za-z_]\w*|`[^`]*`)(?:\.(?:[A-Za-z_]\w*|`[^`]*`)|\[\d+\])*\s*$/;

/**
 * @param caret the selection in the text
 * @param json the field is JSON: outside its texts an expression needs quotes around it
 */
export function insertion(
  text: string,
  caret: { readonly from: number; readonly to: number },
  path: string,
  json: boolean,
): Change {
  const whole = { from: 0, to: text.length, insert: `{{ ${path} }}` };
  if (json ? EMPTY.has(text.trim()) : text.trim() === '') return whole;
  const parts = parseTemplateText(text);
  const around = parts.find(
    (part) => part.kind === 'expression' && caret.from >= part.sourceStart && caret.to <= part.end - 2 && part.closed,
  );
  if (around?.kind === 'expression') {
    const { source, sourceStart } = around;
    if (source.trim() === '' || ONE_PATH.test(source))
      return { from: sourceStart, to: sourceStart + source.length, insert: ` ${path} ` };
    return { ...caret, insert: path };
  }
  if (isWholeExpression(parseTemplateText(text.trim()))) return whole;
  const quoted = json && !insideText(text.slice(0, caret.from));
  return { ...caret, insert: quoted ? `"{{ ${path} }}"` : `{{ ${path} }}` };
}

/** Whether JSON that has come so far is in the middle of a text. */
function insideText(json: string): boolean {
  let inside = false;
  for (let index = 0; index < json.length; index++) {
    if (json[index] === '\\') index++;
    else if (json[index] === '"') inside = !inside;
  }
  return inside;
}
