// `npm run sagawright -- ...`, or `npx sagawright ...` in the checkout: the command line of an installation.
import { homedir } from 'node:os';
import { runCli } from './cli/cli.js';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCli(process.argv.slice(2), {
  variables: process.env,
  home: homedir(),
  fetch,
  input: process.stdin,
  print: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
  signal: stop.signal,
});
