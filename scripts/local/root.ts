import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the checkout; this file runs as `scripts/dist/local/root.js`. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
