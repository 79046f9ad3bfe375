/** The functions that the editor offers, with what they take and give. All of JSONata's others work too, but for `$eval`. */
export interface ExpressionFunction {
  readonly name: string;
  readonly signature: string;
  readonly description: string;
}

const describe = (name: string, parameters: string, result: string, description: string): ExpressionFunction => ({
  name,
  signature: `$${name}(${parameters}): ${result}`,
  description,
});

export const expressionFunctions: readonly ExpressionFunction[] = [
  describe('string', 'value', 'text', 'The value as text; objects and lists as JSON.'),
  describe('number', 'value', 'number', 'The number that a text or a truth value stands for.'),
  describe('boolean', 'value', 'boolean', 'False for nothing, empty and zero; else true.'),
  describe('not', 'value', 'boolean', 'The opposite truth value.'),
  describe('exists', 'value', 'boolean', 'Whether the value is there.'),
  describe('type', 'value', 'text', 'Name of the type of the value.'),
  describe('length', 'text', 'number', 'How many characters the text has.'),
  describe('substring', 'text, start, length?', 'text', 'A part of the text; a negative start counts from the end.'),
  describe('substringBefore', 'text, mark', 'text', 'What stands before the mark.'),
  describe('substringAfter', 'text, mark', 'text', 'What stands behind the mark.'),
  describe('uppercase', 'text', 'text', 'The text in upper case.'),
  describe('lowercase', 'text', 'text', 'The text in lower case.'),
  describe('trim', 'text', 'text', 'The text without white space at its ends, and single spaces within.'),
  describe('pad', 'text, width, padding?', 'text', 'The text filled to a width; a negative width fills on the left.'),
  describe('contains', 'text, pattern', 'boolean', 'Whether the text holds a text or matches a pattern.'),
  describe('match', 'text, pattern, limit?', 'list', 'The matches of a regular expression.'),
  describe('replace', 'text, pattern, replacement, limit?', 'text', 'The text with what matches replaced.'),
  describe('split', 'text, separator, limit?', 'list', 'The parts of the text between separators.'),
  describe('join', 'list, separator?', 'text', 'The texts of a list in one.'),
  describe('sum', 'numbers', 'number', 'The sum.'),
  describe('count', 'list', 'number', 'How many items there are.'),
  describe('max', 'numbers', 'number', 'The largest.'),
  describe('min', 'numbers', 'number', 'The smallest.'),
  describe('average', 'numbers', 'number', 'The mean.'),
  describe('round', 'number, digits?', 'number', 'Rounded, half to even.'),
  describe('floor', 'number', 'number', 'Rounded down.'),
  describe('ceil', 'number', 'number', 'Rounded up.'),
  describe('abs', 'number', 'number', 'Without its sign.'),
  describe('formatNumber', 'number, picture', 'text', 'Written by a picture such as "#,##0.00".'),
  describe('map', 'list, function', 'list', 'What the function gives for each item.'),
  describe('filter', 'list, function', 'list', 'The items for which the function gives true.'),
  describe('reduce', 'list, function, start?', 'any', 'The items folded into one value.'),
  describe('sort', 'list, function?', 'list', 'The items in order.'),
  describe('reverse', 'list', 'list', 'The items from last to first.'),
  describe('distinct', 'list', 'list', 'The items without repetitions.'),
  describe('append', 'list, list', 'list', 'Both lists in one.'),
  describe('keys', 'object', 'list', 'The names of the fields.'),
  describe('lookup', 'object, name', 'any', 'The field of that name.'),
  describe('merge', 'objects', 'object', 'The fields of all; later ones win.'),
  describe('toMillis', 'text, picture?', 'number', 'A point in time as milliseconds since 1970.'),
  describe('fromMillis', 'number, picture?, timezone?', 'text', 'Milliseconds since 1970 as a point in time.'),
  describe('base64encode', 'text', 'text', 'The text in base64.'),
  describe('base64decode', 'text', 'text', 'The text that the base64 stands for.'),
  describe('error', 'message', 'nothing', 'Fails the step with the message.'),
];
