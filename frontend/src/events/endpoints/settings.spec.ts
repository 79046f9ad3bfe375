import { describe, expect, it } from '@jest/globals';
import { endpointSettingsSchema } from '@sagawright/shared/contracts';
import { BLANK, faultsOf, settingsOf, typedOf } from './settings.js';

const typed = { ...BLANK, name: 'Billing', url: 'https://example.com/hook' };

describe('what is typed about an endpoint', () => {
  it('is sent in the shape that the interface takes, and comes back as it was typed', () => {
    const all = {
      ...typed,
      types: 'order.*, payment.received',
      filter: JSON.stringify({ data: { total: [100] } }, null, 2),
      headers: 'X-Team: payments\nX-Stage: a: b',
      perSecond: '0.5',
    };
    const settings = endpointSettingsSchema.parse(settingsOf(all));
    expect(settings).toEqual({
      name: 'Billing',
      url: 'https://example.com/hook',
      types: ['order.*', 'payment.received'],
      filter: { data: { total: [100] } },
      headers: { 'X-Team': 'payments', 'X-Stage': 'a: b' },
      perSecond: 0.5,
    });
    const rest = { pending: 0 } as unknown as Parameters<typeof typedOf>[0];
    expect(typedOf({ ...rest, ...settings })).toEqual(all);
  });

  it('takes a filter that is no JSON object as CESQL, and an empty one as none', () => {
    expect(settingsOf({ ...typed, filter: " subject = 'A-1' " }).filter).toBe("subject = 'A-1'");
    expect(settingsOf(typed).filter).toBeNull();
  });

  it.each([
    ['name', ' '],
    ['url', ''],
    ['types', ' , '],
    ['filter', '{"data":'],
    ['headers', 'X-Team payments'],
    ['perSecond', 'many'],
  ] as const)('says that %s cannot be %p', (field, text) => {
    expect(Object.keys(faultsOf({ ...typed, [field]: text }))).toEqual([field]);
  });
});
