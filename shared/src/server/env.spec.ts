import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from './env.js';

const least = { DATABASE_URL: 'postgres://u:p@127.0.0.1/x', SAGAWRIGHT_KEY: Buffer.alloc(32, 7).toString('base64') };

describe('environment', () => {
  it('has a default for everything that is not a secret or an address of the database', () => {
    expect(readEnvironment(least)).toMatchObject({
      redisUrls: null,
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      demoShopUrl: null,
      egressAllow: [],
      shards: 1,
      leaseMs: 5000,
    });
  });

  it('takes an empty variable for an absent one', () => {
    expect(readEnvironment({ ...least, REDIS_URL: '', PORT: ' ' })).toMatchObject({ redisUrls: null, port: 3000 });
  });

  it('reads several Redis URLs as nodes of a cluster', () => {
    expect(readEnvironment({ ...least, REDIS_URL: 'redis://a:1, redis://b:2' }).redisUrls).toEqual([
      'redis://a:1',
      'redis://b:2',
    ]);
  });

  it('reads the rates of destinations', () => {
    const rates = readEnvironment({ ...least, EGRESS_RATES: 'API.example.com:443=100/60000, b:80=1/5' }).egressRates;
    expect([...rates]).toEqual([
      ['api.example.com:443', { limit: 100, perMs: 60_000 }],
      ['b:80', { limit: 1, perMs: 5 }],
    ]);
  });

  it.each([
    [{ DATABASE_URL: undefined }, 'DATABASE_URL is missing; set it to'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must be a PostgreSQL URL'],
    [{ SAGAWRIGHT_KEY: undefined }, 'SAGAWRIGHT_KEY is missing; make one with'],
    [{ SAGAWRIGHT_KEY: 'short' }, 'SAGAWRIGHT_KEY must be 32 bytes'],
    [{ PORT: 'eighty' }, 'PORT must be a whole number'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535'],
    [{ REDIS_URL: 'localhost:6379' }, 'REDIS_URL must be redis://'],
    [{ EGRESS_ALLOW: 'http://x' }, 'EGRESS_ALLOW must be a comma list'],
    [{ EGRESS_RATES: 'api.example.com=5/s' }, 'EGRESS_RATES must be a comma list of host:port=calls/milliseconds'],
    [{ EGRESS_RATES: 'a:443=0/1000' }, 'EGRESS_RATES must be a comma list'],
    [{ MODE: 'dev' }, 'MODE must be local or production'],
    [{ RATE_PER_ADDRESS: '-1' }, 'RATE_PER_ADDRESS must be a whole number of requests a second; 0 lets in as many'],
    [{ TRUSTED_PROXIES: '10.0.0.0/40' }, 'TRUSTED_PROXIES must be a comma list of addresses or networks'],
    [{ TRUSTED_PROXIES: 'proxy.internal' }, 'TRUSTED_PROXIES must be a comma list of addresses or networks'],
    [{ PUBLIC_URL: 'here' }, 'PUBLIC_URL must be a URL'],
  ])('names the variable and the way out in one line: %j', (wrong, message) => {
    const read = () => readEnvironment({ ...least, ...wrong });
    expect(read).toThrow(message);
    expect(read).toThrow(/^[^\n]*$/);
  });
});
