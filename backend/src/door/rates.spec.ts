import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../refusal.js';
import { NO_RATES, Rates, networkOf, rateOf } from './rates.js';

describe('the rates of the door', () => {
  it('count an address, a workspace and a webhook each by itself, and say which it was and when to come back', () => {
    const rate = { perSecond: 0.5, burst: 1 };
    const rates = new Rates({ ...NO_RATES, address: rate, webhook: rate });
    rates.address('192.0.2.1');
    rates.address('192.0.2.2');
    rates.webhook('192.0.2.1');
    for (const _ of [1, 2, 3]) rates.workspace('w');
    const refused = () => rates.webhook('192.0.2.1');
    expect(refused).toThrow('More than 0.5 requests a second come at this webhook; send this one again in 2 s.');
    try {
      rates.address('192.0.2.1');
    } catch (error) {
      expect((error as Refusal).code).toBe('rate.limited');
      expect((error as Refusal).facts).toEqual({
        retryAfterSeconds: 2,
        context: { limit: 'address', perSecond: 0.5 },
      });
    }
    expect.assertions(3);
  });

  it('are none when none are set', () => {
    expect([rateOf(0), rateOf(20)]).toEqual([null, { perSecond: 20, burst: 100 }]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['unknown', 'unknown'],
  ])('know %s as %s: one network of IPv6 is one sender', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});
