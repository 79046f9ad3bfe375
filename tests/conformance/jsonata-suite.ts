/** The cases of JSONata's own test suite, from the folder that CONFORMANCE_DATA names. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Case {
  readonly name: string;
  readonly expr: string;
  readonly data: unknown;
  readonly bindings: Record<string, unknown>;
  readonly timelimit?: number;
  readonly depth?: number;
  readonly unordered?: boolean;
  readonly undefinedResult?: boolean;
  readonly result?: unknown;
  readonly code?: string;
  readonly error?: { readonly code: string };
}

const suite = join(process.env['CONFORMANCE_DATA'] ?? '', 'jsonata-suite');

export const isSuitePresent = process.env['CONFORMANCE_DATA'] !== undefined && existsSync(suite);

function readJson(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(suite, ...path), 'utf8'));
}

export function readCases(): Case[] {
  const cases: Case[] = [];
  for (const group of readdirSync(join(suite, 'groups')).sort()) {
    const files = readdirSync(join(suite, 'groups', group)).filter((file) => file.endsWith('.json'));
    for (const file of files.sort()) {
      const content = readJson('groups', group, file);
      const list = (Array.isArray(content) ? content : [content]) as Record<string, unknown>[];
      list.forEach((entry, index) => {
        const expr =
          entry['expr-file'] === undefined
            ? entry['expr']
            : readFileSync(join(suite, 'groups', group, String(entry['expr-file'])), 'utf8');
        const dataset = entry['dataset'];
        const data =
          'data' in entry
            ? entry['data']
            : typeof dataset === 'string'
              ? readJson('datasets', `${dataset}.json`)
              : undefined;
        const name = `${group}/${file}${list.length > 1 ? `[${index}]` : ''}`;
        cases.push({
          ...(entry as unknown as Case),
          name,
          expr: String(expr),
          data,
          bindings: (entry['bindings'] ?? {}) as Record<string, unknown>,
        });
      });
    }
  }
  return cases;
}

export interface Figures {
  readonly present: boolean;
  readonly passed: number;
  readonly failures: readonly string[];
  /** Cases that do not pass, for a reason that is stated. */
  readonly exceptions: readonly { readonly name: string; readonly reason: string }[];
  /** Cases that were not asked, beside the exceptions. */
  readonly skipped?: number;
}

/** Leaves the figures of a suite for the closing line of `npm run test:conformance`. */
export function writeSummary(suiteName: string, { skipped = 0, ...figures }: Figures): void {
  const output = join(import.meta.dirname, 'output');
  mkdirSync(output, { recursive: true });
  const summary = {
    suite: suiteName,
    ...figures,
    failed: figures.failures.length,
    skipped: skipped + figures.exceptions.length,
  };
  const [file = suiteName] = suiteName.split(' ');
  writeFileSync(join(output, `${file}.json`), `${JSON.stringify(summary, null, 2)}\n`);
}
