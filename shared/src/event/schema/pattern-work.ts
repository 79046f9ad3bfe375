/**
 * What a regular expression costs per character of text, at most: the states that the linear engine may be in at once. A
 * counted repetition is written out by the engine, so `(a?){900}` is 900 times its part, not nine characters.
 */
const MAX_WORK = 1_000_000;

/** @returns at least 1; a pattern that cannot be read costs what it can be made out to cost, its compiler refuses it */
export function patternWork(pattern: string): number {
  const outer: number[] = [];
  let total = 0;
  let last = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern.charAt(at);
    if (sign === '(') {
      outer.push(total);
      [total, last] = [0, 0];
    } else if (sign === ')') {
      last = total + 1;
      total = (outer.pop() ?? 0) + last;
    } else if (sign === '{') {
      const counted = /^\{(\d+)(?:,(\d*))?\}/.exec(pattern.slice(at, at + 20));
      const most = counted === null ? 1 : Math.max(Number(counted[1]), Number(counted[2] ?? 0), 1);
      total += last * (most - 1);
      last *= most;
    } else {
      if (sign === '\\') at += 1;
      else if (sign === '[') at = endOfClass(pattern, at);
      last = 1;
      total += 1;
    }
    if (total > MAX_WORK) return MAX_WORK;
  }
  return Math.max(1, total + outer.reduce((sum, each) => sum + each, 0));
}

function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at += 1) {
    if (pattern.charAt(at) === '\\') at += 1;
    else if (pattern.charAt(at) === ']' && at > start + 1) return at;
  }
  return pattern.length;
}
