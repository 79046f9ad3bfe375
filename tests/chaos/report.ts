/** The table of docs/chaos.md: what was injected, how often, and what came of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { FAULTS } from './faults/index.js';
import type { StormReport } from './storm.js';

const BEGIN = '<!-- matrix: begin -->';
const END = '<!-- matrix: end -->';

export interface Row {
  readonly fault: string;
  readonly report: StormReport;
}

export function matrixTable(rows: readonly Row[], told: string): string {
  const head = [
    'fault',
    'what happens',
    'times injected',
    'runs',
    'outcomes',
    'repeated calls',
    'lost',
    'orphaned',
    'doubled',
    'unbalanced',
    'other breaches',
    'recovery',
  ];
  const lines = rows.map(({ fault, report }) => [
    `\`${fault}\``,
    FAULTS[fault]?.about ?? '',
    String(report.injected[fault] ?? 0),
    String(report.runs),
    Object.entries(report.outcomes)
      .sort(([, a], [, b]) => b - a)
      .map(([status, count]) => `${count} ${status}`)
      .join(', '),
    String(report.repeated),
    String(report.lost),
    String(report.orphaned),
    String(report.doubled),
    String(report.unbalanced),
    String(report.broken),
    `${(report.recoveryMs / 1000).toFixed(1)} s`,
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [BEGIN, '', told, '', line(head), line(head.map(() => '---')), ...lines.map(line), '', END].join('\n');
}

/** Puts the table in the place of the one before. */
export function writeMatrix(file: string, table: string): void {
  const text = readFileSync(file, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`${file} has no place for the matrix: put ${BEGIN} and ${END} into it.`);
  writeFileSync(file, text.slice(0, begin) + table + text.slice(end + END.length));
}
