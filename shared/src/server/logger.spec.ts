import { afterEach, describe, expect, it } from '@jest/globals';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { createLogger } from './logger.js';
import { inSpan, startTracing } from './telemetry/index.js';

type Line = Readonly<Record<string, unknown>>;

function heard(): { lines: Line[]; logger: ReturnType<typeof createLogger> } {
  const lines: Line[] = [];
  const destination = { write: (text: string) => void lines.push(JSON.parse(text) as Line) };
  return { lines, logger: createLogger({ name: 'test', level: 'info', destination }) };
}

describe('a line of the log', () => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  it('names the trace and the span that it is said in, also after an await', async () => {
    stop = await startTracing({ endpoint: '', room: 'backend', version: 'test', exporter: new InMemorySpanExporter() });
    const { lines, logger } = heard();
    const context = await inSpan('work', { parent: null }, async (span) => {
      await Promise.resolve();
      logger.info({ runId: 'r1' }, 'working');
      return span.context;
    });
    logger.info('idle');
    expect(lines[0]).toMatchObject({
      msg: 'working',
      runId: 'r1',
      trace_id: context?.traceId,
      span_id: context?.spanId,
    });
    expect(context?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(lines[1]).not.toHaveProperty('trace_id');
  });

  it('names none while nothing is traced, and hides what is secret', () => {
    const { lines, logger } = heard();
    logger.info({ token: 'abc' }, 'plain');
    expect(lines[0]).toMatchObject({ token: '[redacted]' });
    expect(lines[0]).not.toHaveProperty('trace_id');
  });
});
