/**
 * The facade of the figures: `metrics.deadLetters.inc({ reason: 'schema' })`. It never throws, and costs well below a
 * microsecond (docs/metrics.md has the figure). One set for the process, as the process is what Prometheus asks.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { RegistryContentType } from 'prom-client';
import { METRIC_TABLE } from './metric-table.js';
import type { LabelValues, MetricDefinition, MetricLabels, MetricTable } from './metric-table.js';
import { currentSpan } from './tracing.js';

type LabelsOf<L extends MetricLabels> = {
  readonly [K in keyof L]: L[K] extends readonly (infer V)[] ? V : string;
};
/** The labels come first, where there are any. */
type Feed<L extends MetricLabels, Rest extends unknown[]> = keyof L extends never
  ? Rest
  : [labels: LabelsOf<L>, ...rest: Rest];

export interface CounterFacade<L extends MetricLabels> {
  inc(...feed: Feed<L, [by?: number]>): void;
}
export interface GaugeFacade<L extends MetricLabels> {
  set(...feed: Feed<L, [value: number]>): void;
}
export interface HistogramFacade<L extends MetricLabels> {
  /** @param value in the unit of the metric's name: seconds, not milliseconds */
  observe(...feed: Feed<L, [value: number]>): void;
}

export type MetricsOf<T extends Record<string, MetricDefinition>> = {
  readonly [K in keyof T]: T[K]['kind'] extends 'counter'
    ? CounterFacade<T[K]['labels']>
    : T[K]['kind'] extends 'gauge'
      ? GaugeFacade<T[K]['labels']>
      : HistogramFacade<T[K]['labels']>;
};
export type Metrics = MetricsOf<MetricTable>;

/** So many values of one label are told apart. */
const MOST_VALUES = 100;
const MOST_VALUE_LENGTH = 80;
const OTHER = 'other';

type LooseLabels = Readonly<Record<string, string>>;

export interface MetricSet<T extends Record<string, MetricDefinition>> {
  readonly metrics: MetricsOf<T>;
  /** Called before each reading, for gauges that are looked up. What it throws is left out, the rest is shown. */
  beforeReading(look: () => Promise<void> | void): void;
  /** The figures in Prometheus' text format, or as OpenMetrics once exemplars are shown. */
  exposition(): Promise<string>;
  readonly contentType: string;
  /** From now on a histogram names a trace for each bucket: the latest in which such a value was seen. For good. */
  showExemplars(): void;
}

export function createMetricSet<T extends Record<string, MetricDefinition>>(
  table: T,
  registry: Registry<RegistryContentType> = new Registry<RegistryContentType>(),
): MetricSet<T> {
  const looks: (() => Promise<void> | void)[] = [];
  // Histograms that may have exemplars can only be made for a registry of that format.
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const facades = Object.entries(table).map(([key, definition]) => [key, facadeOf(definition, registry)]);
  registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
  return {
    metrics: Object.fromEntries(facades) as MetricsOf<T>,
    beforeReading: (look) => void looks.push(look),
    exposition: async () => {
      await Promise.allSettled(looks.map(async (look) => look()));
      return registry.metrics();
    },
    get contentType() {
      return registry.contentType;
    },
    showExemplars: () => registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE),
  };
}

function facadeOf(definition: MetricDefinition, registry: Registry<RegistryContentType>): object {
  const { name, help } = definition;
  const labelNames = Object.keys(definition.labels);
  const settings = { name, help, labelNames, registers: [registry] };
  const labelled = labelNames.length > 0;
  const bounded = boundedLabels(definition.labels);
  const feed =
    (to: (labels: LooseLabels, value: number) => void, fallback: number) =>
    (...args: (LooseLabels | number | undefined)[]): void => {
      const value = (labelled ? args[1] : args[0]) ?? fallback;
      if (typeof value !== 'number' || !Number.isFinite(value)) return;
      to(labelled ? bounded(args[0] as LooseLabels) : {}, value);
    };
  switch (definition.kind) {
    case 'counter': {
      const counter = new Counter(settings);
      return { inc: feed((labels, by) => void (by > 0 && counter.inc(labels, by)), 1) };
    }
    case 'gauge': {
      const gauge = new Gauge(settings);
      return { set: feed((labels, value) => gauge.set(labels, value), 0) };
    }
    case 'histogram': {
      const buckets = [...(definition.buckets ?? [])];
      const histogram = new Histogram({ ...settings, buckets, enableExemplars: true });
      return { observe: feed((labels, value) => histogram.observe({ labels, value, ...exemplar() }), 0) };
    }
  }
}

/** The trace that a value was seen in. */
function exemplar(): { exemplarLabels?: { trace_id: string; span_id: string } } {
  const span = currentSpan();
  return span === null ? {} : { exemplarLabels: { trace_id: span.traceId, span_id: span.spanId } };
}

function boundedLabels(labels: MetricLabels): (given: LooseLabels) => LooseLabels {
  const bounds = Object.entries(labels).map(([name, values]) => [name, boundedValue(values)] as const);
  return (given) => {
    const kept: Record<string, string> = {};
    for (const [name, bound] of bounds) kept[name] = bound(given[name]);
    return kept;
  };
}

function boundedValue(values: LabelValues): (value: string | undefined) => string {
  const known = new Set(values ?? []);
  return (value = '') => {
    if (known.has(value)) return value;
    if (values !== null || known.size >= MOST_VALUES || value.length > MOST_VALUE_LENGTH) return OTHER;
    known.add(value);
    return value;
  };
}

const processRegistry = new Registry<RegistryContentType>();
const processSet = createMetricSet(METRIC_TABLE, processRegistry);

/** What every room feeds. */
export const metrics: Metrics = processSet.metrics;

/** What the doors of the figures show. */
export const figures: Omit<MetricSet<MetricTable>, 'metrics'> = processSet;

/** Adds memory, processor time and garbage collection under the names that every Node program has; once in a process. */
export function showProcessFigures(): void {
  collectDefaultMetrics({ register: processRegistry });
}
