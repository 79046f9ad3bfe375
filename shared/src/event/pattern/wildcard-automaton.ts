/** A state: reached after the literals before it; a looping state stands on a star and takes any character. */
interface State<Target> {
  readonly loops: boolean;
  readonly next: Map<string, State<Target>>;
  star: State<Target> | null;
  readonly targets: Set<Target>;
}

/**
 * All wildcard patterns of a field as one non-deterministic automaton; patterns with a common beginning share states.
 * The cost of a look-up is the length of the text times the number of states that are alive in it, and that follows
 * how many beginnings fit the text, not how many patterns there are.
 */
export class WildcardAutomaton<Target> {
  #start: State<Target> = state(false);
  #size = 0;

  /** @param parts the literal stretches between the stars */
  change(parts: readonly string[], target: Target, present: boolean): void {
    const trail: { from: State<Target>; by: string | null }[] = [];
    let at = this.#start;
    const step = (by: string | null): void => {
      trail.push({ from: at, by });
      const known = by === null ? at.star : at.next.get(by);
      const next = known ?? state(by === null);
      if (by === null) at.star = next;
      else at.next.set(by, next);
      at = next;
    };
    parts.forEach((part, index) => {
      if (index > 0) step(null);
      for (let unit = 0; unit < part.length; unit += 1) step(part.charAt(unit));
    });
    const before = at.targets.size;
    if (present) at.targets.add(target);
    else at.targets.delete(target);
    this.#size += at.targets.size - before;
    for (const { from, by } of trail.reverse()) {
      const reached = by === null ? from.star : from.next.get(by);
      if (reached == null || reached.targets.size > 0 || reached.next.size > 0 || reached.star !== null) break;
      if (by === null) from.star = null;
      else from.next.delete(by);
    }
  }

  collect(text: string, found: Set<Target>): void {
    if (this.#size === 0) return;
    let alive = new Set<State<Target>>();
    enter(this.#start, alive);
    for (let unit = 0; unit < text.length && alive.size > 0; unit += 1) {
      const following = new Set<State<Target>>();
      for (const current of alive) {
        if (current.loops) enter(current, following);
        const next = current.next.get(text.charAt(unit));
        if (next !== undefined) enter(next, following);
      }
      alive = following;
    }
    for (const { targets } of alive) for (const target of targets) found.add(target);
  }
}

function state<Target>(loops: boolean): State<Target> {
  return { loops, next: new Map(), star: null, targets: new Set() };
}

/** A star takes nothing, too: whoever reaches its left side also stands on it. */
function enter<Target>(reached: State<Target>, alive: Set<State<Target>>): void {
  for (let at: State<Target> | null = reached; at !== null; at = at.star) alive.add(at);
}
