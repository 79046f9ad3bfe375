import { describe, expect, it } from '@jest/globals';
import { until } from '@sagawright/shared/testing';
import { Lease } from './lease.js';

const never = () => new Promise<never>(() => undefined);

describe('a lease', () => {
  it('ends by itself when a heartbeat is never answered, as on a half-open connection', async () => {
    const reason = await new Promise<string>((lost) => {
      void new Lease(60, never, lost).begin(() => Promise.resolve());
    });
    expect(reason).toContain('no heartbeat was answered');
  });

  it('is not good near its end, and never again after it', async () => {
    let now = 0;
    let ended: (reason: string) => void = () => undefined;
    const lost = new Promise<string>((resolve) => (ended = resolve));
    const lease = new Lease(100, never, ended, () => now);
    await lease.begin(() => Promise.resolve());
    expect(lease.isGood()).toBe(true);
    now = 85;
    expect(lease.isGood()).toBe(false);
    now = 100;
    await lost;
    now = 0;
    expect(lease.isGood()).toBe(false);
  });

  it('goes on as long as heartbeats are answered, and ends when the database says that it is dead', async () => {
    let beats = 0;
    const reason = await new Promise<string>((lost) => {
      void new Lease(60, () => Promise.resolve((beats += 1) < 8), lost).begin(() => Promise.resolve());
    });
    expect(beats).toBe(8);
    expect(reason).toBe('its lease ran out');
  });

  it('is not good from the moment its session is lost until a heartbeat has opened another', async () => {
    const beats: ((alive: boolean) => void)[] = [];
    const lease = new Lease(
      60_000,
      () => new Promise((resolve) => beats.push(resolve)),
      () => undefined,
    );
    await lease.begin(() => Promise.resolve());
    lease.dropped();
    expect(lease.isGood()).toBe(false);
    await until(() => Promise.resolve(beats.length === 1));
    // Lost again before the answer: that answer may be of the session before.
    lease.dropped();
    beats[0]?.(true);
    await until(() => Promise.resolve(beats.length === 2));
    expect(lease.isGood()).toBe(false);
    beats[1]?.(true);
    await until(() => Promise.resolve(lease.isGood()));
    lease.stop();
  });
});
