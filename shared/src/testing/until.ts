import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something holds, looking every few milliseconds; never a sleep and a hope. */
export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 40_000): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It did not come true within ${patienceMs} ms: ${String(holds)}`);
    await delay(10);
  }
}
