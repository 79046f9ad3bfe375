// `npm start`: the whole product on this machine. Every refusal is one line that names the way out.
import { StartRefusal } from './local/data-dir.js';
import { runInstance } from './local/instance.js';

try {
  await runInstance({ watch: false });
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
