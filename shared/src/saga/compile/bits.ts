/** A set of small whole numbers; union and intersection of a thousand members take a few machine words. */
export class Bits {
  private readonly words: Uint32Array;

  constructor(readonly size: number) {
    this.words = new Uint32Array((size + 31) >>> 5);
  }

  static full(size: number): Bits {
    const bits = new Bits(size);
    bits.words.fill(0xffffffff);
    return bits;
  }

  has(index: number): boolean {
    return ((this.words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  add(index: number): this {
    this.words[index >>> 5] = (this.words[index >>> 5] ?? 0) | (1 << (index & 31));
    return this;
  }

  addAll(other: Bits): this {
    for (let i = 0; i < this.words.length; i += 1) this.words[i] = (this.words[i] ?? 0) | (other.words[i] ?? 0);
    return this;
  }

  keepOnly(other: Bits): this {
    for (let i = 0; i < this.words.length; i += 1) this.words[i] = (this.words[i] ?? 0) & (other.words[i] ?? 0);
    return this;
  }

  copy(): Bits {
    return new Bits(this.size).addAll(this);
  }

  *members(): Generator<number> {
    for (let i = 0; i < this.words.length; i += 1) {
      let word = this.words[i] ?? 0;
      while (word !== 0) {
        const low = 31 - Math.clz32(word & -word);
        const index = i * 32 + low;
        if (index < this.size) yield index;
        word &= word - 1;
      }
    }
  }
}
