/** The documents for operators speak of figures and commands that there are. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { METRIC_TABLE } from '@sagawright/shared/server';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
// By its path: the scripts are a program of their own, which the tests are not built with.
const { COMMANDS } = (await import(join(root, 'scripts', 'cli', 'cli.ts'))) as {
  readonly COMMANDS: readonly { readonly usage: string; readonly about: string }[];
};

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly what_to_do: string };
}
interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const rules = (parse(read('docs/alerts.yml')) as Rules).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('docs/grafana-dashboard.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** As Prometheus sees them; those of every Node program besides. */
const series = new Map(
  Object.values(METRIC_TABLE).flatMap(({ kind, name, labels }): [string, readonly string[]][] => {
    const own = Object.keys(labels);
    if (kind !== 'histogram') return [[name, own]];
    return [
      [`${name}_bucket`, [...own, 'le']],
      [`${name}_sum`, own],
      [`${name}_count`, own],
    ];
  }),
);
const OF_NODE = /^(process_resident_memory_bytes|process_cpu_seconds_total)$/;

/** What is wrong with the names and the labels in a query. */
function faultsOf(query: string): string[] {
  const faults: string[] = [];
  for (const [, name = '', selector = ''] of query.matchAll(/\b((?:wf|process|nodejs)_[a-z_]+)(\{[^}]*\})?/g)) {
    const labels = series.get(name);
    if (labels === undefined && !OF_NODE.test(name)) faults.push(`there is no ${name}`);
    for (const [, label = ''] of selector.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)) {
      if (labels?.includes(label) !== true) faults.push(`${name} has no label ${label}`);
    }
  }
  const open = [...query].filter((sign) => '([{'.includes(sign)).length;
  if (open !== [...query].filter((sign) => ')]}'.includes(sign)).length) faults.push('brackets');
  return faults;
}

/** Files of programs, without tests. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['dist', 'node_modules'].includes(entry.name) ? [] : sources(path);
    return /(?<!spec)\.ts$/.test(entry.name) ? [path] : [];
  });
}

describe('the figures', () => {
  it('that alert rules ask for exist, with the labels that they name', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.flatMap(({ alert, expr }) => faultsOf(expr).map((fault) => `${alert}: ${fault}`))).toEqual([]);
  });

  it('that the dashboard asks for exist, with the labels that they name', () => {
    expect(queries.length).toBeGreaterThan(30);
    expect(queries.flatMap((query) => faultsOf(query).map((fault) => `${query}: ${fault}`))).toEqual([]);
  });

  it('are each fed somewhere', () => {
    const code = ['shared/src', 'backend/src', 'workers/src'].flatMap(sources).map(read).join('\n');
    const idle = Object.keys(METRIC_TABLE).filter((key) => !code.includes(`metrics.${key}.`));
    expect(idle).toEqual([]);
  });

  it('are all explained, by names as Prometheus wants them', () => {
    const text = read('docs/metrics.md');
    for (const { kind, name, labels, help } of Object.values(METRIC_TABLE)) {
      expect(text).toContain(`\`${name}\``);
      expect(help).toMatch(/^[A-Z].*\.$/);
      expect(name).toMatch(/^wf_[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
      expect(
        Object.keys(labels).filter((label) => /(^|_)(id|tenant|workspace|workflow|run|event)$/.test(label)),
      ).toEqual([]);
    }
  });
});

describe('alert rules', () => {
  it('each say what is the matter, what to do, and how bad it is', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Sagawright[A-Z]/);
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary.length * annotations.what_to_do.length).toBeGreaterThan(0);
    }
  });

  it.each(['burn', 'oldest', 'dead letter', 'verification', 'worker', 'saturation'])('cover %s', (what) => {
    const names = {
      burn: 'SagawrightRunsFailFast',
      oldest: 'SagawrightOldestRunWaits',
      'dead letter': 'SagawrightDeadLettersGrow',
      verification: 'SagawrightVerificationFailures',
      worker: 'SagawrightNoWorker',
      saturation: 'SagawrightPoolExhausted',
    } as Record<string, string>;
    expect(rules.map(({ alert }) => alert)).toContain(names[what]);
  });
});

describe('the dashboard', () => {
  it('has panels with titles that do not lie on each other', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(title).not.toBe('');
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${String(x)} ${String(y)}`)).toBe(false);
          taken.add(`${String(x)} ${String(y)}`);
        }
      }
    }
  });
});

describe('the command line', () => {
  it('is explained command by command', () => {
    const text = read('docs/cli.md').replaceAll('\\|', '|');
    for (const { usage, about } of COMMANDS) {
      expect(text).toContain(`\`${usage}\``);
      expect(text).toContain(about);
    }
  });
});
