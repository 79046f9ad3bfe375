type Part = { readonly kind: 'any' | 'one' } | { readonly kind: 'character'; readonly character: string };

/** SQL LIKE: `%` is any run of characters, `_` one character, `\%` and `\_` those characters themselves. */
export function isLike(text: string, pattern: string): boolean {
  const parts = readPattern(pattern);
  const characters = [...text];
  let at = 0;
  let part = 0;
  // Where to go on when the rest does not fit: the last `%`, with one more character inside it.
  let lastAny = -1;
  let taken = 0;
  while (at < characters.length) {
    const wanted = parts[part];
    if (wanted?.kind === 'any') {
      lastAny = part;
      taken = at;
      part += 1;
    } else if (wanted?.kind === 'one' || (wanted?.kind === 'character' && wanted.character === characters[at])) {
      at += 1;
      part += 1;
    } else if (lastAny >= 0) {
      taken += 1;
      at = taken;
      part = lastAny + 1;
    } else {
      return false;
    }
  }
  return parts.slice(part).every(({ kind }) => kind === 'any');
}

function readPattern(pattern: string): Part[] {
  const characters = [...pattern];
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const next = characters[at + 1];
    if (character === '\\' && (next === '%' || next === '_')) {
      parts.push({ kind: 'character', character: next });
      at += 1;
    } else if (character === '%') parts.push({ kind: 'any' });
    else if (character === '_') parts.push({ kind: 'one' });
    else parts.push({ kind: 'character', character });
  }
  return parts;
}
