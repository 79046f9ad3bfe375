// Runs Jest with ES modules switched on, whatever the shell.
import { runJest } from './local/jest-process.js';

process.exit(runJest(process.argv.slice(2)));
