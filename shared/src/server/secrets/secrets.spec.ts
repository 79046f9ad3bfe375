import { describe, expect, it } from '@jest/globals';
import { randomToken, uuidv7 } from '../ids.js';
import { createSealer, equalInConstantTime, hashPassword, verifyPassword } from './index.js';

const sealer = createSealer(Buffer.alloc(32, 7));
const place = { purpose: 'trigger.secret', rowId: 'a' };

describe('sealer', () => {
  it('opens what it sealed, and never seals the same way twice', () => {
    const sealed = sealer.seal('whsec_ü😀', place);
    expect(sealer.unseal(sealed, place)).toBe('whsec_ü😀');
    expect(sealer.seal('whsec_ü😀', place)).not.toEqual(sealed);
    expect(sealer.unseal(sealer.seal('', place), place)).toBe('');
  });

  it('does not open a value that was moved to another row or column (A146)', () => {
    const sealed = sealer.seal('secret', place);
    for (const elsewhere of [
      { ...place, rowId: 'b' },
      { ...place, purpose: 'trigger.token' },
      { purpose: 'trigger.secret|', rowId: 'a' },
    ]) {
      expect(() => sealer.unseal(sealed, elsewhere)).toThrow('cannot be opened');
    }
  });

  it('does not open a value with any bit changed or bytes missing, or with another key', () => {
    const sealed = sealer.seal('secret', place);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => sealer.unseal(changed, place)).toThrow('cannot be opened');
    }
    for (const length of [0, 4, 30, sealed.length - 1])
      expect(() => sealer.unseal(sealed.subarray(0, length), place)).toThrow('cannot be opened');
    expect(() => createSealer(Buffer.alloc(32, 8)).unseal(sealed, place)).toThrow('SAGAWRIGHT_KEY');
  });
});

describe('password', () => {
  it('verifies in any Unicode form, and refuses everything else', async () => {
    const stored = await hashPassword('Caf\u00e9');
    expect(stored).toMatch(/^scrypt\$17\$8\$1\$/);
    expect(await verifyPassword('Cafe\u0301', stored)).toBe(true);
    expect(await verifyPassword('cafe', stored)).toBe(false);
    expect(await verifyPassword('', null)).toBe(false);
    expect(await verifyPassword('Café', 'nonsense')).toBe(false);
  }, 30_000);

  it('compares texts of any length', () => {
    expect(equalInConstantTime('abc', Buffer.from('abc'))).toBe(true);
    expect(equalInConstantTime('abc', 'abcd')).toBe(false);
  });
});

describe('ids', () => {
  it('increase strictly, also within a millisecond and when the clock steps back', () => {
    const now = Date.now() + 10_000;
    const ids = Array.from({ length: 20_000 }, (_, n) => uuidv7(n % 3 === 0 ? now : now - 5000));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('make tokens of a fixed length in letters and digits', () => {
    for (let n = 0; n < 200; n++) {
      expect(randomToken(128)).toMatch(/^[0-9A-Za-z]{22}$/);
      expect(randomToken(256)).toMatch(/^[0-9A-Za-z]{43}$/);
    }
  });
});
