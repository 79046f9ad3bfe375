/** Puts a program's figures and traces into operation, as its settings say. */
import type { Pool } from '../db/index.js';
import type { Environment } from '../env.js';
import { serveFigures } from './figures-server.js';
import { figures } from './metrics.js';
import { showFiguresOf } from './show.js';
import { startTracing } from './tracing.js';

/** @returns what ends them; sends the spans that are left */
export async function beginTelemetry(
  { metrics: { port, host, token }, otlpEndpoint }: Pick<Environment, 'metrics' | 'otlpEndpoint'>,
  program: { readonly room: 'backend' | 'worker'; readonly version: string; readonly pool: Pool },
): Promise<() => Promise<void>> {
  const { room, version } = program;
  if (port !== null || token !== null) showFiguresOf(program);
  const server = port === null ? null : await serveFigures({ port, host, token });
  if (otlpEndpoint !== null) figures.showExemplars();
  const stopTracing = otlpEndpoint === null ? null : await startTracing({ endpoint: otlpEndpoint, room, version });
  return async () => {
    await server?.close();
    await stopTracing?.();
  };
}
