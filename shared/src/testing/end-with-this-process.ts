/** A watcher that holds the other end of a pipe: when this process is gone, so is what it started. */
import { spawn } from 'node:child_process';

const WATCHER = `
  const [pid, folder] = process.argv.slice(1);
  const stop = () => {
    try { process.kill(Number(pid), 'SIGQUIT'); } catch {}
    const end = () => { require('node:fs').rmSync(folder, { recursive: true, force: true }); process.exit(0); };
    setInterval(() => { try { process.kill(Number(pid), 0); } catch { end(); } }, 20);
    // In a container whose first process collects no dead children, a dead server still answers to its number.
    setTimeout(end, 10_000);
  };
  process.on('SIGINT', () => {});
  process.stdin.on('end', stop).on('error', stop).resume();
`;

/** Stops a server and removes its folder when this process ends, also when it is killed. */
export function endWithThisProcess(pid: number, folder: string): void {
  const watcher = spawn(process.execPath, ['-e', WATCHER, String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref();
}
