/** A source of numbers in [0, 1). The core never draws its own: randomness is an argument. */
export type Random = () => number;

/**
 * Small deterministic generator for simulations and tests (not for secrets).
 *
 * @param seed any 32-bit integer; equal seeds give equal sequences
 * @see Widynski, "Middle-Square Weyl Sequence" for the class; this is mulberry32 (public domain, T. Ettinger)
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
