/**
 * One connection to PostgreSQL that is kept open while nothing is asked, for what lasts as long as a session: locks that the
 * server gives back by itself when the process is gone. A lost connection is made again by the next query; what the
 * old session held is gone then.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { silentLogger } from '../logger.js';
import type { Queryable } from './database.js';

export interface DatabaseSession extends Queryable {
  /** @param listener told whenever a connection is lost, maybe twice; @returns ends that */
  onDrop(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
  readonly logger?: Logger;
}

/** Connects with the first query. */
export function openDatabaseSession(
  url: string,
  { applicationName, statementTimeoutMs, logger = silentLogger }: SessionOptions,
): DatabaseSession {
  const listeners = new Set<() => void>();
  let closing: Promise<void> | null = null;
  const dropped = (error?: Error): void => {
    if (closing !== null) return;
    logger.warn({ error: error?.message }, 'lost the database session');
    for (const listener of [...listeners]) listener();
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    // A session that is closed for having been idle would give its locks back.
    idleTimeoutMillis: 0,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs * 1.5,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', dropped).on('end', () => dropped()));
  return {
    query: pool.query.bind(pool) as Queryable['query'],
    onDrop: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => (closing ??= pool.end()),
  };
}
