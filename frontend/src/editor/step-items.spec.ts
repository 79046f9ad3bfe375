import { describe, expect, it } from '@jest/globals';
import { NODE_KINDS, nodeSchema } from '@sagawright/shared/graph';
import { triggersOf, allConnectors } from '../canvas/index.js';
import { blankStep } from './blank-step.js';
import { searchItems, STEP_ITEMS } from './step-items.js';

describe('what can be put on the canvas (E4)', () => {
  it('offers every kind of step; a connector’s triggers only where a connector has some', () => {
    const triggers = allConnectors().some((each) => Object.keys(triggersOf(each.id)).length > 0);
    const kinds = new Set(STEP_ITEMS.map((item) => item.kind));
    const missing = NODE_KINDS.filter((kind) => !kinds.has(kind));
    expect(missing).toEqual(triggers ? [] : ['trigger.connector']);
  });

  it('says of each item in one line what it does, and lists none twice', () => {
    expect(new Set(STEP_ITEMS.map((item) => item.key)).size).toBe(STEP_ITEMS.length);
    for (const item of STEP_ITEMS) expect(item.description).toMatch(/^[^\n]+\.$/);
  });

  it.each(STEP_ITEMS.map((item) => [item.key, item] as const))(
    'makes a step of %s that fits the schema',
    (_key, item) => {
      const step = blankStep(item, 'new');
      expect(nodeSchema.parse(step)).toEqual(step);
      expect(step.kind).toBe(item.kind);
    },
  );
});

describe('the step search (E2)', () => {
  it.each([
    ['wait', 'Wait for an event'],
    ['sleep', 'Delay'],
    ['if', 'Branch'],
    ['cron', 'Schedule'],
    ['loop', 'For each'],
    ['try', 'Scope'],
    ['human', 'Approval'],
    ['end', 'End'],
  ])('finds for %j first %s', (query, title) => {
    expect(searchItems(query)[0]?.title).toBe(title);
  });

  it('puts steps that wait before a step that only says so', () => {
    const found = searchItems('wait').map((item) => item.title);
    expect(found.slice(0, 2)).toEqual(['Wait for an event', 'Delay']);
    expect(found).not.toContain('Join');
  });
});
