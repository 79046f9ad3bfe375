/** Lines between the parties: cut, slow, or open on one side only. */
import { setTimeout as delay } from 'node:timers/promises';
import { between } from '../random-order.js';
import type { Links } from '../stage.js';
import type { Fault, FaultWorld } from './fault.js';

const LINES = [
  'worker-postgres',
  'worker-redis',
  'worker-participant',
  'backend-postgres',
] as const satisfies (keyof Links)[];

const linkOf = ({ stage }: FaultWorld, line: keyof Links) => stage.links?.[line] ?? null;

const faultsOf = (line: keyof Links): [string, Fault][] => [
  [
    `${line}-cut`,
    {
      about: `the line ${line} is cut, and cannot be had again for a second`,
      inject: async (world) => {
        linkOf(world, line)?.cut(true);
        await delay(1000);
        linkOf(world, line)?.mend();
        return 1;
      },
    },
  ],
  [
    `${line}-delay`,
    {
      about: `everything on the line ${line} takes 50 to 300 ms longer each way, for two seconds`,
      inject: async (world) => {
        linkOf(world, line)?.slow(between(50, 300, world.random));
        await delay(2000);
        linkOf(world, line)?.mend();
        return 1;
      },
    },
  ],
  [
    `${line}-half-open`,
    {
      about: `connections on the line ${line} carry nothing any more, and nobody is told; new ones work`,
      inject: async (world) => {
        linkOf(world, line)?.silence();
        await delay(3000);
        return 1;
      },
    },
  ],
];

/** A cluster's nodes are told by the cluster itself, past every link. */
const needs = (line: keyof Links): Pick<Fault, 'needs'> => (line === 'worker-redis' ? { needs: 'redis' } : {});

export const NETWORK_FAULTS: Readonly<Record<string, Fault>> = Object.fromEntries(
  LINES.flatMap((line) => faultsOf(line).map(([name, fault]) => [name, { ...fault, ...needs(line) }])),
);
