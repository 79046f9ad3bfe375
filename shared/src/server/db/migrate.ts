/** Program: brings the database at DATABASE_URL up to date. `node shared/dist/server/db/migrate.js` */
import { pathToFileURL } from 'node:url';
import { readMigrationEnvironment } from '../env.js';
import { createLogger, silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { connect } from './database.js';

export async function migrate(databaseUrl: string, logger: Logger = silentLogger): Promise<void> {
  const database = await connect(databaseUrl, { poolSize: 2, applicationName: 'sagawright-migrate', logger });
  try {
    await database.migrate();
  } finally {
    await database.close();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const logger = createLogger({ name: 'migrate', level: 'info' });
  try {
    await migrate(readMigrationEnvironment().databaseUrl, logger);
    logger.info('the database is up to date');
  } catch (error) {
    logger.fatal(
      { error: error instanceof Error ? error.message : String(error) },
      'the database could not be brought up to date',
    );
    process.exitCode = 1;
  }
}
