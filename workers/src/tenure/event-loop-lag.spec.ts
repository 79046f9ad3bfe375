import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@sagawright/shared/testing';
import { EventLoopLag } from './event-loop-lag.js';

describe('the lag of the event loop', () => {
  const lag = new EventLoopLag();
  afterEach(() => lag.end());

  it('is told while the loop is blocked and just after, and is over once timers are in time again', async () => {
    lag.begin();
    const end = performance.now() + 300;
    while (performance.now() < end);
    expect(lag.now()).toBeGreaterThan(200);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(lag.now()).toBeGreaterThan(200);
    await until(() => lag.now() < 50);
  });
});
