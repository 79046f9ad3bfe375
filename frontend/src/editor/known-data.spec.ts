import { describe, expect, it } from '@jest/globals';
import { compile, entrySchema } from '@sagawright/shared/saga';
import type { Entry } from '@sagawright/shared/saga';
import { drawing } from '../canvas/fixtures.js';
import { knownFrom } from './known-data.js';
import { NOTHING_KNOWN, readableData } from './references.js';

const graph = drawing(
  [
    { id: 'start', kind: 'trigger.manual', sample: { amount: 1 } },
    { id: 'sum', kind: 'transform', values: { total: '{{ trigger.data.amount * 2 }}' } },
    { id: 'more', kind: 'transform', values: { total: '{{ steps.sum.output.total * 2 }}' } },
    { id: 'done', kind: 'end' },
  ],
  ['start > sum', 'sum > more', 'more > done'],
);
const at = '2026-01-31T09:00:00.000Z';
const event = { id: 'evt_7', source: '/', type: 'x', subject: null, time: at, data: { amount: 21 }, headers: {} };

function journal(): Entry[] {
  const entries = [
    { type: 'run.started', runId: 'run_7', trigger: 'start', event },
    { type: 'step.succeeded', step: 'sum', attempt: 1, port: 'out', output: { total: 42 } },
  ];
  return entries.map((body, index) => entrySchema.parse({ ...body, seq: index + 1, at: Date.parse(at) }));
}

describe('values to look at (E59)', () => {
  it('come from the samples while nothing has run, through what transforms make of them', () => {
    const { scope } = readableData(graph, 'done', { known: NOTHING_KNOWN });
    expect(scope).toMatchObject({
      trigger: { data: { amount: 1 } },
      steps: { sum: { output: { total: 2 } }, more: { output: { total: 4 } } },
    });
  });

  it('come from the latest run as far as it got, and from the samples behind', () => {
    const { definition } = compile(graph);
    if (!definition) throw new Error('The drawing has errors.');
    const known = knownFrom(definition, journal());
    const { scope, sources } = readableData(graph, 'done', { known });
    expect(scope).toMatchObject({
      trigger: { data: { amount: 21 }, id: 'evt_7' },
      steps: { sum: { output: { total: 42 } }, more: { output: { total: 84 } } },
      run: { id: 'run_7' },
    });
    expect(sources.filter((each) => each.real && each.keys[0] === 'steps').map((each) => each.source)).toEqual(['sum']);
  });

  it('is of nothing for a journal that has not begun', () => {
    const { definition } = compile(graph);
    if (!definition) throw new Error('The drawing has errors.');
    expect(knownFrom(definition, [])).toBe(NOTHING_KNOWN);
  });
});
