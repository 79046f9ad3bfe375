/**
 * The chaos suite: real processes, real servers, a participant with a ledger, a load of many kinds of sagas, faults in an
 * order that the seed decides, and a checker.
 *
 * Usage: main.js [--runs N] [--seed S] [--faults a,b | random | matrix | none] [--workers N] [--together N] [--report FILE]
 *   [--lease MS] [--cluster] [--older FOLDER]
 *
 * `random`: one storm of everything, in batches, until N runs have been through it. `matrix`: a storm of N runs for each
 * fault, one after another; with `--together N` for each group of N faults, with `--report` the table goes into that file.
 * `--cluster`: with a Redis Cluster; the matrix stages by itself what needs one. `--older`: where an older build lies.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '@sagawright/shared/kernel';
import { publishCast } from './cast.js';
import type { Cast } from './cast.js';
import { FAULT_NAMES, FAULTS } from './faults/index.js';
import { matrixTable, writeMatrix } from './report.js';
import type { Row } from './report.js';
import { Stage } from './stage.js';
import type { Need } from './stage.js';
import { LEASE_MS, storm } from './storm.js';
import type { StormReport } from './storm.js';

const BATCH = 500;
/** A storm begins its runs over this time at least. */
const LEAST_FEED_MS = 15_000;
const FEED_MS_PER_RUN = 40;
/** A fault of the matrix has this long to meet runs at every point of their way. */
const FEED_MS_PER_FAULT = 8000;
const DISK_MB = 3000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: 'random' },
    workers: { type: 'string', default: '2' },
    together: { type: 'string', default: '1' },
    report: { type: 'string' },
    lease: { type: 'string', default: String(LEASE_MS) },
    cluster: { type: 'boolean', default: false },
    older: { type: 'string' },
  },
});
const runs = wholeNumber('runs', values.runs, 1);
const seed = wholeNumber('seed', values.seed, 0);
const workers = wholeNumber('workers', values.workers, 1);
const together = wholeNumber('together', values.together, 1);
/** On a machine that has much else to do, leases that are too short are lost for want of time alone. */
const leaseMs = wholeNumber('lease', values.lease, 500);
const random = seededRandom(seed);
const { mode, faults } = chosenFaults(values.faults);

const began = performance.now();
let stage: Stage | null = null;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void (stage?.close() ?? Promise.resolve()).then(() => process.exit(130)));
const total = { runs: 0, lost: 0, orphaned: 0, doubled: 0, unbalanced: 0, broken: 0 };
const untested = new Set<string>();
const staged: string[] = [];
const rows: Row[] = [];
const needing = (name: string): Need | undefined => FAULTS[name]?.needs;
const apart = mode === 'matrix' && !values.cluster ? faults.filter((name) => needing(name) === 'cluster') : [];
await play(
  faults.filter((name) => !apart.includes(name)),
  values.cluster,
);
if (apart.length > 0) await play(apart, true);
const held = verdict();
process.exit(held ? 0 : 1);

/** On a stage of its own, which is gone afterwards. */
async function play(names: readonly string[], cluster: boolean): Promise<void> {
  const diskMb = names.includes('disk-full') ? { diskMb: DISK_MB } : {};
  const older = values.older === undefined ? {} : { older: path.resolve(values.older) };
  const set = await Stage.set({ workers, leaseMs, redis: true, cluster, storm: true, ...diskMb, ...older });
  stage = set;
  const before = breaches();
  try {
    const missing = names.filter((name) => !canBeStaged(set, name));
    if (missing.length > 0) console.log(`chaos: cannot be staged here: ${missing.join(', ')}`);
    const stageable = names.filter((name) => !missing.includes(name));
    staged.push(...stageable);
    const cast = await publishCast(set, random);
    console.log(`chaos: seed ${seed}, workflows: ${cast.plans.map(({ name }) => name).join(' | ')}`);
    if (mode === 'matrix') await matrix(set, cast, stageable);
    else await batches(set, cast, stageable);
  } catch (error) {
    await set.close(true);
    throw error;
  }
  stage = null;
  await set.close(breaches() > before);
}

function canBeStaged(on: Stage, name: string): boolean {
  const needs = needing(name);
  return needs === undefined || on.has(needs);
}

function breaches(): number {
  const { lost, orphaned, doubled, unbalanced, broken } = total;
  return lost + orphaned + doubled + unbalanced + broken;
}

function verdict(): boolean {
  if (untested.size > 0) console.log(`chaos: did not come about: ${[...untested].join(', ')}`);
  const { lost, orphaned, doubled, unbalanced, broken } = total;
  console.log(`chaos: ${Math.round((performance.now() - began) / 1000)} s in all, other breaches ${broken}`);
  console.log(
    `chaos: runs=${total.runs} lost=${lost} orphaned=${orphaned} doubled=${doubled} unbalanced=${unbalanced}`,
  );
  const tested = mode === 'none' || (mode === 'matrix' ? untested.size === 0 : untested.size < staged.length);
  return breaches() === 0 && total.runs >= runs && tested;
}

async function matrix(on: Stage, cast: Cast, names: readonly string[]): Promise<void> {
  for (let from = 0; from < names.length; from += together) {
    const group = names.slice(from, from + together);
    const feedMs = Math.max(feedMsFor(runs), group.length * FEED_MS_PER_FAULT);
    const report = await storm(on, cast, random, {
      name: `${seed}.${group[0] ?? ''}`,
      runs,
      feedMs,
      faults: group,
      untilAll: true,
      mischief: true,
    });
    tell(group.join(' + '), report);
    for (const fault of group) {
      if ((report.injected[fault] ?? 0) === 0) untested.add(fault);
      rows.push({ fault, report });
    }
    if (values.report !== undefined) writeMatrix(values.report, matrixTable(rows, conditions()));
  }
}

function conditions(): string {
  const groups =
    together === 1
      ? ''
      : ` Faults were injected in groups of ${together}, as they stand under each other: the runs of a group are the same for all of it.`;
  return `Seed ${seed}, at least ${runs} runs for each fault, ${workers} workers, lease ${leaseMs} ms, Node.js ${process.versions.node}.${groups}`;
}

async function batches(on: Stage, cast: Cast, names: readonly string[]): Promise<void> {
  const injected: Record<string, number> = {};
  for (let batch = 1; total.runs < runs; batch += 1) {
    const size = Math.min(BATCH, runs - total.runs);
    const settings = {
      name: `${seed}.${batch}`,
      runs: size,
      feedMs: feedMsFor(size),
      faults: names,
      untilAll: false,
      mischief: true,
    };
    const report = await storm(on, cast, random, settings);
    for (const [name, count] of Object.entries(report.injected)) injected[name] = (injected[name] ?? 0) + count;
    tell(`batch ${batch}`, report);
  }
  for (const name of names) if ((injected[name] ?? 0) === 0) untested.add(name);
}

function tell(name: string, report: StormReport): void {
  const { injected, outcomes, recoveryMs, repeated, resolvedIncidents } = report;
  for (const count of ['runs', 'lost', 'orphaned', 'doubled', 'unbalanced', 'broken'] as const)
    total[count] += report[count];
  const { lost, orphaned, doubled, unbalanced, broken } = report;
  console.log(
    `chaos: ${name}: runs=${report.runs} lost=${lost} orphaned=${orphaned} doubled=${doubled} unbalanced=${unbalanced} broken=${broken}, ` +
      `injected ${JSON.stringify(injected)}, outcomes ${JSON.stringify(outcomes)}, repeated calls ${repeated}, ` +
      `incidents resolved ${resolvedIncidents}, recovery ${Math.round(recoveryMs)} ms`,
  );
  for (const complaint of report.complaints.slice(0, 15)) console.error(`chaos: ${name}: ${complaint}`);
}

function feedMsFor(count: number): number {
  return Math.max(LEAST_FEED_MS, count * FEED_MS_PER_RUN);
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && text.trim() !== '') return number;
  refuse(`--${name} takes a whole number from ${least} on, not "${text}"`);
}

/** `none` = only what participants do by themselves. */
function chosenFaults(text: string): { mode: 'matrix' | 'random' | 'chosen' | 'none'; faults: readonly string[] } {
  if (text === 'none') return { mode: 'none', faults: [] };
  const [mode, rest] = text.startsWith('matrix:')
    ? (['matrix', text.slice('matrix:'.length)] as const)
    : ([text, text] as const);
  if (rest === 'matrix' || rest === 'random') return { mode: rest, faults: FAULT_NAMES };
  const names = rest.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !FAULT_NAMES.includes(name));
  if (unknown.length === 0) return { mode: mode === 'matrix' ? 'matrix' : 'chosen', faults: names };
  refuse(
    `there is no fault "${unknown.join('", "')}"; --faults takes "none", "random", "matrix", or some of ${FAULT_NAMES.join(',')}`,
  );
}

function refuse(reason: string): never {
  console.error(`chaos: ${reason}`);
  process.exit(2);
}
