/** Places where a crash is staged. Off, one call costs one comparison with an empty function. */
export const FAILPOINTS = [
  'before-claim-load',
  'after-intent',
  'after-effect-before-commit',
  'after-outcome-commit',
  'after-commit-before-park',
  'before-takeover-commit',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];
export type Failpoints = (name: Failpoint) => void;

export const noFailpoints: Failpoints = () => undefined;

/**
 * @param armed where to die: `name` at its first hit, `name:3` at its third
 * @param die ends the process at once, without a chance to clean up
 */
export function armFailpoint(armed: string, die: () => void): Failpoints {
  const [name, nth = '1'] = armed.split(':');
  const known = FAILPOINTS.find((failpoint) => failpoint === name);
  if (known === undefined)
    throw new Error(`There is no failpoint "${String(name)}"; choose one of ${FAILPOINTS.join(', ')}.`);
  let left = Number(nth);
  return (hit) => {
    if (hit !== known) return;
    left -= 1;
    if (left === 0) die();
  };
}
