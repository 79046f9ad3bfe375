/** What a benchmark found, and the table at its end: our rounds, what ran beside them, the ratio, and the target. */
import { median } from './timed.js';

export interface Target {
  /** As `docs/benchmarks.md` states it. */
  readonly text: string;
  readonly isMet: (figure: number, ratio: number) => boolean;
}

export interface Figure {
  readonly workload: string;
  readonly what: string;
  readonly unit: string;
  /** One per round. */
  readonly values: readonly number[];
  /** The same work done by something else, in turn with ours. */
  readonly beside?: { readonly what: string; readonly values: readonly number[] };
  readonly target?: Target;
}

export const atLeast = (bound: number): Target => ({ text: `>= ${bound}`, isMet: (figure) => figure >= bound });
export const atMost = (bound: number): Target => ({ text: `<= ${bound}`, isMet: (figure) => figure <= bound });
export const ratioAtLeast = (bound: number): Target => ({
  text: `ratio >= ${bound}`,
  isMet: (_figure, ratio) => ratio >= bound,
});

const HEAD = ['workload', 'figure', 'ours', 'beside it', 'ratio', 'target', ''] as const;

/** As a table of Markdown; medians, with the least and the largest round behind them. */
export function closingTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ workload, what, unit, values, beside, target }) => {
    const ratio = beside === undefined ? NaN : median(values) / median(beside.values);
    return [
      workload,
      what,
      `${shown(values)} ${unit}`.trim(),
      beside === undefined ? '' : `${beside.what}: ${shown(beside.values)}`,
      Number.isNaN(ratio) ? '' : ratio.toFixed(2),
      target?.text ?? '',
      target === undefined ? '' : target.isMet(median(values), ratio) ? 'met' : '**missed**',
    ];
  });
  const widths = HEAD.map((title, at) => Math.max(title.length, 3, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(HEAD), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

function shown(values: readonly number[]): string {
  if (values.length === 0) return '-';
  if (values.length === 1) return rounded(values[0] ?? NaN);
  return `${rounded(median(values))} (${rounded(Math.min(...values))}-${rounded(Math.max(...values))})`;
}

function rounded(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

/** @param part 0.5 for the median; of nothing it is NaN */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
