/**
 * The benchmark: the product as shipped (default settings, fsync on, journal and live view on, real doors), and beside it, in turn
 * and in the same minutes, what else could do the work. Workloads, targets and results: docs/benchmarks.md.
 * Usage: main.js [--quick] [--only w1|...] [--peers] [--profile DIR] [--minutes N]
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { Bench } from './bench.js';
import { benchCompile } from './compile.js';
import { benchExplore } from './explore.js';
import { benchExpressions } from './expressions.js';
import { closingTable } from './figures.js';
import type { Figure } from './figures.js';
import { benchMatch } from './match.js';
import { benchMemory } from './memory.js';
import { benchPeers } from './peers.js';
import { benchSoak, SOAK_SETTINGS } from './soak.js';
import { benchStart } from './start-time.js';
import { benchTimers } from './timers.js';
import { benchOrders } from './w1-orders.js';
import { benchFailing } from './w2-failing.js';
import { benchCrash } from './w3-crash.js';
import { benchSteps } from './w4-steps.js';
import { benchWaits } from './w5-waits.js';
import { benchFanOut } from './w6-fan-out.js';
import { benchScale } from './w7-scale.js';
import { benchIngest } from './w8-ingest.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    peers: { type: 'boolean', default: false },
    profile: { type: 'string' },
    minutes: { type: 'string', default: '30' },
  },
});
const { quick, profile } = values;
const rounds = quick ? 1 : 3;
const roundsOfCore = quick ? 1 : 9;

/** Each has the product to itself, started anew; in a smoke test all share one. */
const DRIVEN: Readonly<Record<string, (bench: Bench) => Promise<Figure[]>>> = {
  w1: benchOrders,
  w2: benchFailing,
  w3: benchCrash,
  w4: benchSteps,
  w5: benchWaits,
  w6: benchFanOut,
  w7: benchScale,
  w8: benchIngest,
  timers: benchTimers,
  match: benchMatch,
};
/** What needs neither database nor doors, or has its own; prints its figures. */
const ALONE: Readonly<Record<string, () => Promise<Figure[]>>> = {
  expressions: async () => say(await benchExpressions(rounds)),
  compile: async () => say(benchCompile(roundsOfCore)),
  explore: async () => say(benchExplore(roundsOfCore)),
  start: () => benchStart(rounds),
  memory: () => benchMemory(quick),
};
const SOAK = 'soak';

const names = [...Object.keys(DRIVEN), ...Object.keys(ALONE), SOAK];
if (values.only !== undefined && !names.includes(values.only)) {
  console.error(`bench: --only takes one of ${names.join(', ')}`);
  process.exit(2);
}
const isWanted = (name: string): boolean => values.only === undefined || values.only === name;

console.log(
  `bench: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ` +
    `load average ${loadavg()[0]?.toFixed(1) ?? '?'}, 1 worker, medians of ${rounds}${quick ? ', quick: the figures mean nothing' : ''}`,
);
if (values.only === SOAK) await soak();
else await benchmark();
process.exit(0);

async function benchmark(): Promise<void> {
  const figures: Figure[] = [];
  for (const [name, work] of Object.entries(ALONE)) if (isWanted(name)) figures.push(...(await work()));
  const wanted = Object.entries(DRIVEN).filter(([name]) => isWanted(name));
  for (const workloads of quick ? [wanted] : wanted.map((each) => [each])) figures.push(...(await drive(workloads)));
  if (figures.length > 0) console.log(`\n${closingTable(figures)}\n`);
  console.log(`bench: load average ${loadavg()[0]?.toFixed(1) ?? '?'} at the end`);
}

/** Workloads one after another on one product. */
async function drive(
  workloads: readonly (readonly [string, (bench: Bench) => Promise<Figure[]>])[],
): Promise<Figure[]> {
  if (workloads.length === 0) return [];
  const figures: Figure[] = [];
  const bench = await Bench.open({ quick, profile });
  try {
    for (const [name, work] of workloads) {
      console.log(`bench: ${name} ...`);
      const found = await work(bench);
      if (values.peers) found.push(...(await benchPeers(bench, name)));
      // A long command tells early.
      if (values.only === undefined) console.log(closingTable(found));
      figures.push(...found);
    }
  } finally {
    await bench.close();
  }
  return figures;
}

async function soak(): Promise<void> {
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('--minutes takes a number of minutes.');
  const bench = await Bench.open({ quick, profile, settings: SOAK_SETTINGS });
  try {
    await benchSoak(bench, minutes);
  } finally {
    await bench.close();
  }
}

function say(line: string): Figure[] {
  console.log(`bench: ${line}`);
  return [];
}
