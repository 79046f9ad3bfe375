/** Places where a crash, a pause or a shortage is staged. Off, one call costs one call of an empty function. */
import { createInterface } from 'node:readline';

export const FAILPOINTS = [
  /* The tenure: claims, sweeps, what follows a commit, the end. */
  'after-registration',
  'before-claim-load',
  'after-claim-load',
  'before-commit',
  'after-commit-before-doorbell',
  'in-unknown-commit',
  'in-sweep',
  'in-give-back',
  'after-early-events',
  'after-let-in',
  'after-fire',
  'in-drain',
  /* The run. */
  'after-intent',
  'in-effect',
  'after-effect-before-commit',
  'after-outcome-commit',
  'after-commit-before-park',
  'after-park',
  'after-end',
  'before-takeover-commit',
  'after-signal-before-commit',
  'after-slot-before-commit',
  'before-child-start',
  'after-child-start',
  'after-child-undo',
  'before-publish',
  'after-publish',
  /* Outbound webhooks. */
  'after-notes',
  'in-delivery',
  'after-delivery',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];
export type Failpoints = (name: Failpoint) => void;

/**
 * - `die`: the process is gone at once, without a chance to clean up
 * - `stop`: the process stands still until somebody has it go on; it knows nothing of that
 * - `block`: the event loop stands still for a while
 * - `exhaust`: the process runs out of memory
 */
const ACTIONS = ['die', 'stop', 'block', 'exhaust'] as const;
export type FailpointAction = (typeof ACTIONS)[number];

export const noFailpoints: Failpoints = () => undefined;

/** @param armed `name` at its first hit, `name:3` at its third, `name:3:stop` at every third what is said instead of dying */
export function armFailpoint(armed: string, act: (action: FailpointAction) => void): Failpoints {
  const [name, nth = '1', what = 'die'] = armed.split(':');
  const known = FAILPOINTS.find((failpoint) => failpoint === name);
  const action = ACTIONS.find((each) => each === what);
  if (known === undefined)
    throw new Error(`There is no failpoint "${String(name)}"; choose one of ${FAILPOINTS.join(', ')}.`);
  if (action === undefined) throw new Error(`A failpoint cannot "${what}"; it can ${ACTIONS.join(', ')}.`);
  let left = Number(nth);
  return (hit) => {
    if (hit !== known) return;
    left -= 1;
    if (left !== 0) return;
    if (action !== 'die') left = Number(nth);
    act(action);
  };
}

/** Armed from outside, by a line each time, for one hit; an empty line disarms. */
export function failpointsFrom(lines: NodeJS.ReadableStream, act: (action: FailpointAction) => void): Failpoints {
  let armed = noFailpoints;
  createInterface({ input: lines }).on('line', (line) => {
    const once = (action: FailpointAction): void => {
      // A process that was stopped comes by again before it hears anything.
      armed = noFailpoints;
      act(action);
    };
    armed = line === '' ? noFailpoints : armFailpoint(line, once);
  });
  return (name) => armed(name);
}

/** Does it to this very process. @param blockMs how long `block` takes */
export function actOnThisProcess(blockMs: number): (action: FailpointAction) => void {
  return (action) => {
    switch (action) {
      case 'die':
        process.kill(process.pid, 'SIGKILL');
        return;
      case 'stop':
        process.kill(process.pid, 'SIGSTOP');
        return;
      case 'block':
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
        return;
      case 'exhaust':
        for (const hoard: number[][] = []; ;) hoard.push(new Array<number>(100_000).fill(hoard.length + 0.5));
    }
  };
}
