/** Program: prints a new one-time sign-in link for the owner. `node backend/dist/sign-in-link.js` */
import { connect, readEnvironment } from '@sagawright/shared/server';
import { makeSignInLink } from './first-run.js';

try {
  const environment = readEnvironment();
  const database = await connect(environment.databaseUrl, { poolSize: 1, applicationName: 'sagawright-sign-in-link' });
  try {
    process.stdout.write(`${JSON.stringify({ signInLink: await makeSignInLink(database, environment.publicUrl) })}\n`);
  } finally {
    await database.close();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
