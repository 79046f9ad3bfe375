/**
 * Looks up webhook triggers by token, many deliveries by one query: what comes in while a query is under way shares the next.
 * Nothing is remembered: an address that was just revoked, or a secret that was just changed, counts at once.
 */
import { findWebhookTriggers, sha256 } from '@sagawright/shared/server';
import type { Queryable, TriggerRow } from '@sagawright/shared/server';

/** One query's worth; the rest waits for the next. */
const MOST_AT_ONCE = 500;
const QUERIES_AT_ONCE = 2;

interface Waiting {
  resolve(trigger: TriggerRow | null): void;
  reject(error: unknown): void;
}

export class TriggerLookup {
  private wanted = new Map<string, Waiting[]>();
  private underWay = 0;

  constructor(private readonly sql: Queryable) {}

  find(token: string): Promise<TriggerRow | null> {
    const hash = sha256(token).toString('hex');
    return new Promise((resolve, reject) => {
      const others = this.wanted.get(hash);
      if (others === undefined) this.wanted.set(hash, [{ resolve, reject }]);
      else others.push({ resolve, reject });
      // Deliveries of the same turn of the event loop share a query.
      if (this.wanted.size === 1 && others === undefined) setImmediate(() => this.ask());
    });
  }

  private ask(): void {
    if (this.underWay >= QUERIES_AT_ONCE || this.wanted.size === 0) return;
    const asked = [...this.wanted].slice(0, MOST_AT_ONCE);
    for (const [hash] of asked) this.wanted.delete(hash);
    this.underWay += 1;
    findWebhookTriggers(
      this.sql,
      asked.map(([hash]) => hash),
    )
      .then(
        (found) => {
          for (const [hash, waiting] of asked) for (const { resolve } of waiting) resolve(found.get(hash) ?? null);
        },
        (error: unknown) => {
          for (const [, waiting] of asked) for (const { reject } of waiting) reject(error);
        },
      )
      .finally(() => {
        this.underWay -= 1;
        this.ask();
      });
    this.ask();
  }
}
