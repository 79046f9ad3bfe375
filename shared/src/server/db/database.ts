/**
 * The connection to PostgreSQL: one pool for plain SQL on the hot paths, one TypeORM data source for migrations and
 * entities. A server that restarts fails the queries of that moment, never the process.
 */
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Logger as TypeormLogger } from 'typeorm';
import type { Logger } from 'pino';
import { silentLogger } from '../logger.js';
import { migrations } from './migrations/index.js';

export type { Pool, PoolClient, QueryResult } from 'pg';

/** Whatever can run SQL: the pool, or a client inside a transaction. */
export interface Queryable {
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<R>>;
}

export interface Database {
  readonly url: string;
  /** `bigint` columns arrive as numbers, `timestamptz` as `Date`, `json` parsed. */
  readonly pool: pg.Pool;
  readonly dataSource: DataSource;
  /** Commits what `work` did, or nothing of it. Never make a network call to somebody else inside. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Brings the schema up to date; any number of processes may call it at once. */
  migrate(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Connections of the SQL pool; TypeORM keeps at most a few of its own. */
  readonly poolSize?: number;
  /**
   * How long a statement of the SQL pool may take. The server ends it then; when the server does not answer either, the
   * query fails a little later and its connection, which may be half open, is thrown away.
   */
  readonly statementTimeoutMs?: number;
  readonly applicationName?: string;
  readonly logger?: Logger;
}

/** A transaction in which nothing is said for so long is of a client that the server cannot hear any more. */
const ABANDONED_MS = 30_000;

/** @throws when the server cannot be reached */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Database> {
  const { poolSize = 10, applicationName = 'sagawright', logger = silentLogger } = options;
  const connectionLost = (error: Error) => logger.warn({ error: error.message }, 'lost an idle database connection');

  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // Behind a connection that is half open its locks would be held until the operating system notices, which takes hours.
    idle_in_transaction_session_timeout: options.statementTimeoutMs ?? ABANDONED_MS,
    ...(options.statementTimeoutMs === undefined
      ? {}
      : { statement_timeout: options.statementTimeoutMs, query_timeout: options.statementTimeoutMs * 1.5 }),
    types: { getTypeParser },
  });
  // Without listeners a connection that dies would be an uncaught 'error' event and end the process.
  pool.on('error', connectionLost);
  pool.on('connect', (client) => client.on('error', connectionLost));

  const dataSource = new DataSource({
    type: 'postgres',
    url,
    poolSize: Math.min(poolSize, 4),
    applicationName,
    migrations: [...migrations],
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    logger: toOurLog(logger),
    poolErrorHandler: connectionLost,
    extra: { keepAlive: true, connectionTimeoutMillis: 10_000 },
  });

  try {
    await pool.query('SELECT 1');
    await dataSource.initialize();
  } catch (error) {
    await pool.end();
    throw error;
  }

  let closing: Promise<void> | null = null;
  return {
    url,
    pool,
    dataSource,
    transaction: (work) => inTransaction(pool, work),
    migrate: () => migrateUnderLock(url, dataSource),
    close: () => (closing ??= Promise.all([pool.end(), dataSource.destroy()]).then(() => undefined)),
  };
}

/** TypeORM would write to the console. Failed queries are reported by whoever made them. */
function toOurLog(logger: Logger): TypeormLogger {
  return {
    logQuery: () => undefined,
    logQueryError: () => undefined,
    logQuerySlow: (milliseconds) => logger.warn({ milliseconds }, 'slow query'),
    logSchemaBuild: (message) => logger.debug(message),
    logMigration: (message) => logger.info(message),
    log: (_level, message) => logger.debug(message),
  };
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    // A client that cannot roll back is in an unknown state and must not serve anybody else.
    client.release(broken);
  }
}

/** Any fixed number will do, as long as nothing else in the database locks it: "SAGA" in ASCII. */
const MIGRATION_LOCK = 0x53414741;

/** On a connection of its own: whoever waits for another's migration waits as long as it takes. */
async function migrateUnderLock(url: string, dataSource: DataSource): Promise<void> {
  const client = new pg.Client({ connectionString: url, keepAlive: true });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
  } finally {
    // Ending the session gives the lock back whatever happened.
    await client.end();
  }
}

const INT8 = 20;
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text');
