/**
 * Milliseconds of CPU that this process has used so far. A bound on work is stated in them: a wall clock counts what
 * else the machine does.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
