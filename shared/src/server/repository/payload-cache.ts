import type { Json } from '../../kernel/index.js';

/** Length of the JSON texts of what the cache of a process keeps. In memory a value takes two to four times as much. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** Payloads by hash. What a hash stands for never changes; whoever was asked for longest ago makes room. */
export class PayloadCache {
  private readonly known = new Map<string, { readonly value: Json; readonly bytes: number }>();
  private held = 0;

  constructor(private readonly mostBytes = CACHE_BYTES) {}

  /** @returns the value as it is kept: one object for all who have the same */
  keep(hash: string, value: Json, bytes: number): Json {
    const known = this.get(hash);
    if (known !== undefined) return known;
    if (bytes > this.mostBytes) return value;
    this.known.set(hash, { value, bytes });
    this.held += bytes;
    for (const [oldest, { bytes: freed }] of this.known) {
      if (this.held <= this.mostBytes) break;
      this.known.delete(oldest);
      this.held -= freed;
    }
    return value;
  }

  get(hash: string): Json | undefined {
    const entry = this.known.get(hash);
    if (entry === undefined) return undefined;
    this.known.delete(hash);
    this.known.set(hash, entry);
    return entry.value;
  }
}
