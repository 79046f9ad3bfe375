import type { Logger } from './logger.js';

/** Says the same trouble at most once in `everyMs`, and how often it came meanwhile: a server that is down fails every call. */
export function complaint(logger: Logger, message: string, everyMs = 10_000): (error: unknown) => void {
  let saidAt = -Infinity;
  let unsaid = 0;
  return (error) => {
    unsaid += 1;
    if (performance.now() - saidAt < everyMs) return;
    logger.warn({ error: error instanceof Error ? error.message : String(error), times: unsaid }, message);
    saidAt = performance.now();
    unsaid = 0;
  };
}
