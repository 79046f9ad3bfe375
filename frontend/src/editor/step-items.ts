/** What can be put on the canvas: the palette, the step search and replacing read the same list. */
import { EVENTS_CONNECTOR } from '@sagawright/shared/connector';
import type { NodeKind } from '@sagawright/shared/graph';
import type { LucideIcon } from 'lucide-react';
import { allConnectors, kindIcon, operationIcon, triggersOf } from '../canvas/index.js';

export interface StepItem {
  /** Stable: `branch`, `action:demo-shop/charge`, `task:approval`. */
  readonly key: string;
  readonly title: string;
  /** One line. */
  readonly description: string;
  readonly group: string;
  /** What people also call it, separated by spaces. */
  readonly words: string;
  readonly icon: LucideIcon;
  readonly kind: NodeKind;
  readonly connector?: string;
  /** Of an action, or the trigger of a connector. */
  readonly operation?: string;
}

export const START_GROUP = 'Start';

type Row = readonly [kind: NodeKind, title: string, description: string, words: string];

const OWN: readonly { readonly group: string; readonly rows: readonly Row[] }[] = [
  {
    group: START_GROUP,
    rows: [
      ['trigger.webhook', 'Webhook', 'Starts a run when a signed request comes in.', 'http hook event trigger post'],
      ['trigger.manual', 'Manual or API', 'Starts a run by hand or through the API.', 'button start trigger rest'],
      [
        'trigger.event',
        'Event',
        'Starts a run for each event that matches.',
        'trigger message subscribe topic cloudevents',
      ],
      [
        'trigger.schedule',
        'Schedule',
        'Starts runs at set times or at an interval.',
        'trigger cron timer daily hourly every',
      ],
      [
        'trigger.called',
        'Called by a workflow',
        'Lets other workflows use this one as a step.',
        'trigger subworkflow child function',
      ],
      [
        'trigger.failure',
        'Failed run',
        'Starts a run when a run of another workflow fails.',
        'trigger error alert handler',
      ],
    ],
  },
  {
    group: 'Do',
    rows: [
      ['transform', 'Transform', 'Computes values from what came before.', 'map set compute json variable assign'],
      ['code', 'Code', 'Computes with JavaScript; touches nothing outside.', 'javascript script function js'],
      [
        'call',
        'Sub-workflow',
        'Runs another workflow as one step; undone as one.',
        'call child subworkflow invoke reuse',
      ],
      [
        'emit',
        'Publish event',
        'Tells whoever listens: other workflows, runs that wait.',
        'emit event send notify publish broadcast topic',
      ],
      ['respond', 'Respond', 'Answers the request that started the run.', 'reply response http answer return'],
    ],
  },
];

const AFTER: typeof OWN = [
  {
    group: 'Decide',
    rows: [
      [
        'branch',
        'Branch',
        'Goes the first way whose condition holds.',
        'if switch condition decide choice exclusive xor',
      ],
      ['inclusive', 'Inclusive branch', 'Goes every way whose condition holds.', 'or several conditions decide multi'],
      ['parallel', 'Parallel', 'Goes all ways at once.', 'fork split and concurrent'],
      ['join', 'Join', 'Goes on when enough ways have arrived.', 'merge gather synchronize all any'],
    ],
  },
  {
    group: 'Repeat & group',
    rows: [
      [
        'for-each',
        'For each',
        'Does its steps for every item of a list.',
        'loop iterate map items batch array foreach',
      ],
      ['repeat', 'Repeat', 'Does its steps until a condition holds.', 'loop until while poll again'],
      [
        'scope',
        'Scope',
        'Steps that can have a failure way of their own.',
        'try catch transaction save-point savepoint subprocess handler',
      ],
      ['group', 'Group', 'A frame around steps; changes nothing.', 'frame box section'],
    ],
  },
  {
    group: 'Wait',
    rows: [
      ['delay', 'Delay', 'Waits for a time or until an instant.', 'wait sleep timer pause'],
      [
        'wait',
        'Wait for an event',
        'Waits until an event comes that belongs to the run.',
        'receive message callback signal correlate',
      ],
      ['race', 'Race', 'Waits for several things and takes what comes first.', 'wait first event timer timeout select'],
    ],
  },
];

const PEOPLE: readonly Omit<StepItem, 'icon'>[] = [
  {
    key: 'task:approval',
    kind: 'task',
    title: 'Approval',
    description: 'Asks a person to approve or reject.',
    group: 'People',
    words: 'human approve decide reject wait task sign-off',
  },
  {
    key: 'task',
    kind: 'task',
    title: 'Task',
    description: 'Asks a person to do something or to fill in a form.',
    group: 'People',
    words: 'human user form input wait inbox todo',
  },
];

const LAST: typeof OWN = [
  {
    group: 'End',
    rows: [
      ['end', 'End', 'Ends the path with success.', 'stop finish output'],
      ['fail', 'Fail', 'Fails: what was done is undone.', 'error throw stop abort'],
      ['terminate', 'Terminate', 'Ends everything at once and keeps what was done.', 'stop abort kill finish'],
    ],
  },
  { group: 'Drawing', rows: [['note', 'Note', 'Text on the canvas.', 'comment sticky annotation']] },
];

const own = (groups: typeof OWN): StepItem[] =>
  groups.flatMap(({ group, rows }) =>
    rows.map(([kind, title, description, words]) => ({
      key: kind,
      kind,
      title,
      description,
      group,
      words,
      icon: kindIcon(kind),
    })),
  );

function connectorTriggers(): StepItem[] {
  return allConnectors().flatMap((connector) =>
    Object.entries(triggersOf(connector.id)).map(([name, trigger]) => ({
      key: `trigger.connector:${connector.id}/${name}`,
      title: trigger.title,
      description: trigger.description,
      group: START_GROUP,
      words: `trigger ${connector.name}`,
      kind: 'trigger.connector' as const,
      connector: connector.id,
      operation: name,
      icon: kindIcon('trigger.connector'),
    })),
  );
}

function operations(): StepItem[] {
  // Events have a step of their own; as an operation publishing is for undos.
  const connectors = allConnectors().filter(({ id }) => id !== EVENTS_CONNECTOR);
  return connectors.flatMap((connector) =>
    Object.entries(connector.operations).map(([operation, manifest]) => ({
      key: `action:${connector.id}/${operation}`,
      title: manifest.title,
      description: manifest.description,
      group: connector.name,
      words: [connector.name, ...manifest.synonyms].join(' '),
      kind: 'action' as const,
      connector: connector.id,
      operation,
      icon: operationIcon(connector.id, operation),
    })),
  );
}

const [start, ...doing] = OWN;
export const STEP_ITEMS: readonly StepItem[] = [
  ...own(start ? [start] : []),
  ...connectorTriggers(),
  ...own(doing),
  ...operations(),
  ...own(AFTER),
  ...PEOPLE.map((item) => ({ ...item, icon: kindIcon(item.kind) })),
  ...own(LAST),
];

export function itemOf(key: string): StepItem | undefined {
  return STEP_ITEMS.find((item) => item.key === key);
}

/** Exact before word start before inside, all in the title; then synonyms; then anything said of it (E2). */
export function searchItems(query: string, items: readonly StepItem[] = STEP_ITEMS): readonly StepItem[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return items;
  return items
    .map((item) => ({ item, points: score(item, wanted) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ item }) => item);
}

function score(item: StepItem, wanted: string): number {
  const title = item.title.toLowerCase();
  if (title === wanted) return 6;
  if (title.startsWith(wanted)) return 5;
  if (title.split(/\s+/).some((word) => word.startsWith(wanted))) return 4;
  if (title.includes(wanted)) return 3;
  const words = item.words.toLowerCase().split(/\s+/);
  if (words.includes(wanted)) return 2.5;
  if (words.some((word) => word.startsWith(wanted))) return 2;
  return `${item.words} ${item.group} ${item.description}`.toLowerCase().includes(wanted) ? 1 : 0;
}
