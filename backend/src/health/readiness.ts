import type { Database } from '@sagawright/shared/server';

export class Readiness {
  private draining = false;
  private migrated = false;

  constructor(private readonly database: Database) {}

  /** From now on load balancers should look elsewhere. */
  drain(): void {
    this.draining = true;
  }

  /** @returns null when requests may be sent here */
  async notReadyBecause(): Promise<string | null> {
    if (this.draining) return 'This process is shutting down.';
    try {
      await this.database.pool.query('SELECT 1');
      this.migrated ||= !(await this.database.dataSource.showMigrations());
      return this.migrated ? null : 'The database schema is older than this program; run the migrations.';
    } catch {
      return 'PostgreSQL cannot be reached.';
    }
  }
}
