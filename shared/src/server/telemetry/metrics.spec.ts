import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { createMetricSet } from './metrics.js';
import { inSpan, startTracing } from './tracing.js';

const table = {
  letters: { kind: 'counter', name: 'letters_total', help: 'Letters.', labels: { reason: null } },
  depth: { kind: 'gauge', name: 'depth', help: 'Depth.', labels: {} },
  calls: {
    kind: 'histogram',
    name: 'calls_seconds',
    help: 'Calls.',
    labels: { result: ['good', 'bad'] },
    buckets: [1],
  },
} as const;

describe('the facade of the figures', () => {
  it('counts by label, sets, and observes in buckets', async () => {
    const { metrics, exposition } = createMetricSet(table);
    metrics.letters.inc({ reason: 'schema' });
    metrics.letters.inc({ reason: 'schema' }, 2);
    metrics.depth.set(7);
    metrics.calls.observe({ result: 'good' }, 0.5);
    metrics.calls.observe({ result: 'bad' }, 3);
    const shown = await exposition();
    expect(shown).toContain('letters_total{reason="schema"} 3');
    expect(shown).toContain('depth 7');
    expect(shown).toContain('calls_seconds_bucket{le="1",result="good"} 1');
    expect(shown).toContain('calls_seconds_bucket{le="1",result="bad"} 0');
    expect(shown).toContain('calls_seconds_count{result="bad"} 1');
  });

  it('names the trace of a value in its bucket once exemplars are shown, and none outside of a trace', async () => {
    const { metrics, exposition, showExemplars } = createMetricSet(table);
    const exporter = new InMemorySpanExporter();
    const stop = await startTracing({ endpoint: '', room: 'backend', version: 'test', exporter });
    try {
      const traced = await inSpan('call', { parent: null }, (span) => {
        metrics.calls.observe({ result: 'good' }, 0.5);
        return Promise.resolve(span.context);
      });
      metrics.calls.observe({ result: 'bad' }, 0.5);
      metrics.letters.inc({ reason: 'schema' });
      expect(await exposition()).not.toContain('trace_id');
      showExemplars();
      for (const _reading of [1, 2]) {
        const shown = await exposition();
        const lines = shown.split('\n').filter((line) => line.includes('trace_id'));
        expect(lines).toHaveLength(1);
        expect(lines[0]).toContain(
          `calls_seconds_bucket{le="1",result="good"} 1 # {trace_id="${traced?.traceId ?? ''}"`,
        );
        expect(shown).toContain('letters_total{reason="schema"} 1');
        expect(shown.endsWith('# EOF\n')).toBe(true);
      }
    } finally {
      await stop();
    }
  });

  it('calls the hundred-and-first value of a label "other", as well as one that is too long', async () => {
    const { metrics, exposition } = createMetricSet(table);
    for (let each = 0; each < 150; each += 1) metrics.letters.inc({ reason: `r${each}` });
    metrics.letters.inc({ reason: 'x'.repeat(10_000) });
    const shown = await exposition();
    expect(shown).toContain('letters_total{reason="r99"} 1');
    expect(shown).toContain('letters_total{reason="other"} 51');
    expect(shown.match(/^letters_total\{/gm)).toHaveLength(101);
  });

  it('never throws into the room that feeds it', async () => {
    const { metrics, exposition } = createMetricSet(table);
    metrics.letters.inc({ reason: 'a' }, -1);
    metrics.letters.inc({ reason: 'a' }, Number.NaN);
    metrics.letters.inc({ reason: 'b"\n{}' });
    metrics.depth.set(Number.POSITIVE_INFINITY);
    metrics.calls.observe({ result: 'unheard-of' as 'good' }, 1);
    const shown = await exposition();
    expect(shown).not.toContain('reason="a"');
    expect(shown).toContain(String.raw`letters_total{reason="b\"\n{}"} 1`);
    expect(shown).toContain('depth 0');
    expect(shown).toContain('calls_seconds_count{result="other"} 1');
  });

  it('shows what there is when looking something up fails', async () => {
    const { metrics, exposition, beforeReading } = createMetricSet(table);
    beforeReading(() => Promise.reject(new Error('the database is away')));
    beforeReading(() => metrics.depth.set(3));
    await expect(exposition()).resolves.toContain('depth 3');
  });
});
