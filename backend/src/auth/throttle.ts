import { countLoginFailure, forgetLoginFailures, loginWaitMs } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';

/** How often somebody may fail before they have to wait, counted in the database: more backends give no more tries. */
export class Throttle {
  constructor(
    private readonly sql: Queryable,
    private readonly limit: number,
    private readonly windowMs: number,
  ) {}

  /** @returns milliseconds to wait, 0 when allowed */
  async waitMs(key: string): Promise<number> {
    return loginWaitMs(this.sql, key, this.limit);
  }

  async fail(key: string): Promise<void> {
    await countLoginFailure(this.sql, key, this.windowMs);
  }

  async forget(key: string): Promise<void> {
    await forgetLoginFailures(this.sql, key);
  }
}
