import { describe, expect, it, jest } from '@jest/globals';
import { Pace } from './pace.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const at = { spacingMs: 50_000, company: 3 };

describe('pace', () => {
  it('lets a lone item go at once, and so the next one behind it', async () => {
    const pace = new Pace(at);
    const go = jest.fn(() => pace.went(1));
    pace.soon(go);
    pace.soon(go);
    expect(go).not.toHaveBeenCalled();
    await turn();
    expect(go).toHaveBeenCalledTimes(1);
    pace.soon(go);
    await turn();
    expect(go).toHaveBeenCalledTimes(2);
  });

  it('waits for company behind a group that had some, and for nothing once it is called off', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const pace = new Pace(at);
      const go = jest.fn();
      pace.went(3);
      pace.soon(go);
      await turn();
      expect(go).not.toHaveBeenCalled();
      jest.advanceTimersByTime(at.spacingMs);
      expect(go).toHaveBeenCalledTimes(1);
      pace.went(3);
      pace.soon(go);
      pace.cancel();
      jest.advanceTimersByTime(at.spacingMs);
      pace.went(1);
      pace.soon(go);
      pace.cancel();
      await turn();
      expect(go).toHaveBeenCalledTimes(1);
    } finally {
      jest.useRealTimers();
    }
  });
});
