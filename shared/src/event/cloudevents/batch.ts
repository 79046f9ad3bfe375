/** The texts of the elements of a JSON array, so that each event of a batch is kept as it came, digit by digit. */

/** @param array a JSON text that has been parsed before, and was an array */
export function elementTexts(array: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let inString = false;
  let start = array.indexOf('[') + 1;
  for (let at = start - 1; at < array.length; at += 1) {
    const char = array[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
      continue;
    }
    if (char === '"') inString = true;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    const ends = (char === ',' && depth === 1) || (char === ']' && depth === 0);
    if (!ends) continue;
    const element = array.slice(start, at).trim();
    if (element !== '') elements.push(element);
    start = at + 1;
  }
  return elements;
}
