/** A set of small whole numbers; union and intersection of a thousand members take a few machine words. */
export class Bits {
  private readonly words: Uint32Array;

  constructor(readonly size: number) {
    this.words = new Uint32Array((size + 31) >>> 5);
  }

  has(index: number): boolean {
    return index >= 0 && ((this.words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  add(index: number): this {
    this.words[index >>> 5] = (this.words[index >>> 5] ?? 0) | (1 << (index & 31));
    return this;
  }

  addAll(other: Bits): this {
    const [mine, theirs] = [this.words, other.words];
    for (let i = 0; i < mine.length; i += 1) mine[i] = (mine[i] ?? 0) | (theirs[i] ?? 0);
    return this;
  }

  keepOnly(other: Bits): this {
    const [mine, theirs] = [this.words, other.words];
    for (let i = 0; i < mine.length; i += 1) mine[i] = (mine[i] ?? 0) & (theirs[i] ?? 0);
    return this;
  }

  /** In ascending order. */
  forEach(see: (index: number) => void): void {
    for (let i = 0; i < this.words.length; i += 1) {
      let word = this.words[i] ?? 0;
      while (word !== 0) {
        see(i * 32 + 31 - Math.clz32(word & -word));
        word &= word - 1;
      }
    }
  }
}
