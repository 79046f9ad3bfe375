import type { SagaDefinition } from '@sagawright/shared/saga';

/**
 * Definitions by version; null for one that only a later version of this program can read. Versions are immutable, so what
 * was once read is right for ever; the oldest make room.
 */
export class Definitions {
  private readonly known = new Map<string, SagaDefinition | null>();

  constructor(
    private readonly load: (versionIds: readonly string[]) => Promise<Map<string, SagaDefinition | null>>,
    private readonly capacity = 500,
  ) {}

  async of(versionIds: Iterable<string>): Promise<Map<string, SagaDefinition | null>> {
    const wanted = new Set(versionIds);
    const found = new Map<string, SagaDefinition | null>();
    for (const id of wanted) {
      const definition = this.known.get(id);
      if (definition !== undefined) found.set(id, definition);
    }
    const missing = [...wanted].filter((id) => !found.has(id));
    const loaded = missing.length === 0 ? [] : await this.load(missing);
    for (const [id, definition] of loaded) {
      found.set(id, definition);
      this.known.set(id, definition);
    }
    for (const id of this.known.keys()) {
      if (this.known.size <= this.capacity) break;
      this.known.delete(id);
    }
    return found;
  }
}
