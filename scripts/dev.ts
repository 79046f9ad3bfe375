// `npm run dev`: the product with hot reload of all parts. The web app is served by Vite, whose address is printed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { StartRefusal } from './local/data-dir.js';
import { runInstance } from './local/instance.js';
import { root } from './local/root.js';

const backendPort = process.env['PORT'] ?? '3000';
const tools = [
  [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-b',
    '--watch',
    '--preserveWatchOutput',
    'shared',
    'workers',
    'backend',
  ],
  [join(root, 'node_modules/vite/bin/vite.js'), 'frontend'],
].map((args) =>
  spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, SAGAWRIGHT_BACKEND: `http://127.0.0.1:${backendPort}` },
  }),
);
const stopTools = async (): Promise<void> => {
  for (const tool of tools) {
    if (tool.exitCode !== null || tool.signalCode !== null) continue;
    const gone = once(tool, 'exit');
    tool.kill('SIGTERM');
    await gone;
  }
};

try {
  await runInstance({ watch: true, extraStops: [stopTools] });
} catch (error) {
  await stopTools();
  if (!(error instanceof StartRefusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
