/**
 * Answers `recall`: brings forgotten items of a loop back by folding their own journal entries once more (forget.ts).
 *
 * An item is folded in a run that holds nothing but its loop: what it came to depends on its own entries only. What had been
 * going on around it can have left it with steps that never began; these are left out.
 */
import type { CommandOf } from './command.js';
import type { SagaDefinition } from './definition.js';
import { isContainerStep } from './definition.js';
import type { JsonObject } from './imports.js';
import { findInstance } from './find-instance.js';
import { neverForgetting } from './forget.js';
import { refOf } from './instance.js';
import type { Entry, NewEntry, RecalledItem } from './journal.js';
import {
  bodyPath,
  instancesUnder,
  isWithin,
  itemPath,
  pathsOutwards,
  scopeAt,
  scopeKey,
  scopesUnder,
} from './paths.js';
import { foldItem } from './run-fold.js';
import type { RunState, ScopeState, StepInstance } from './state.js';

/** One item that a `recall` names. */
export type ForgottenItem = CommandOf<'recall'>['items'][number];

/** The own entries of each of the items, oldest first, in the order of the items. */
export type EntriesOfItems = (loop: string, items: readonly ForgottenItem[]) => Promise<readonly (readonly Entry[])[]>;

/** The same of a journal that is at hand as a whole. */
export function entriesOfItems(journal: readonly Entry[]): EntriesOfItems {
  return (loop, items) => Promise.resolve(sortedByItem(journal, loop, items));
}

/**
 * Sorts entries by the items that they are of; what is of none of them is left out.
 *
 * @param loop path of the loop as a whole
 */
export function sortedByItem(entries: Iterable<Entry>, loop: string, items: readonly ForgottenItem[]): Entry[][] {
  const known = new Map(items.map((item) => [String(item.index), { item, entries: [] as Entry[] }]));
  for (const entry of entries) {
    if (!('path' in entry) || !entry.path.startsWith(`${loop}[`)) continue;
    const found = known.get(entry.path.slice(loop.length + 1, entry.path.indexOf(']', loop.length)));
    if (found && entry.seq > found.item.first && entry.seq <= found.item.last) found.entries.push(entry);
  }
  return items.map(({ index }) => known.get(String(index))?.entries ?? []);
}

/** @returns `item.recalled` */
export async function recallItems(
  definition: SagaDefinition,
  state: RunState,
  command: CommandOf<'recall'>,
  entriesOf: EntriesOfItems,
  at: number,
): Promise<NewEntry> {
  const { instance } = findInstance(definition, state, command.instance);
  const journals = await entriesOf(bodyPath(instance), command.items);
  const items: RecalledItem[] = command.items.map((item, index) =>
    recalledItem(definition, state, instance, item, journals[index] ?? []),
  );
  return { type: 'item.recalled', ...refOf(instance), items, at };
}

function recalledItem(
  definition: SagaDefinition,
  state: RunState,
  container: StepInstance,
  { index, first }: ForgottenItem,
  entries: readonly Entry[],
): RecalledItem {
  const { step } = findInstance(definition, state, container.id);
  if (!isContainerStep(step)) throw new Error(`Step ${step.name} is no loop.`);
  const alone = foldItem(
    neverForgetting(definition),
    onlyLoop(state, container, index),
    { step, container, first },
    entries,
  );
  const path = itemPath(bodyPath(container), index);
  const instances = [...instancesUnder(alone, path)].filter(({ settledSeq }) => settledSeq > 0);
  const scopes = [...scopesUnder(alone, path), scopeAt(alone, path)].filter((each) => each !== undefined);
  const present = new Set(instances.map(({ id }) => id));
  return {
    index,
    instances: instances.map((each) => asData({ ...each, input: null, output: null, failure: null })),
    scopes: scopes.map((each) => asData(withoutData(each, present))),
    taken: Object.keys(alone.transitions).filter((key) => isTakenIn(alone, key, path)),
  };
}

/** The loop, open and with all its items before this one; nothing else. */
function onlyLoop(state: RunState, container: StepInstance, index: number): RunState {
  const loop = bodyPath(container);
  const scopes: Record<string, ScopeState> = {};
  for (const path of pathsOutwards(loop)) {
    const scope = scopeAt(state, path);
    const calm = {
      status: 'active',
      cause: null,
      then: null,
      failure: null,
      pivot: null,
      alive: 1,
      members: [],
    } as const;
    if (scope) scopes[scopeKey(path)] = { ...scope, ...calm, opened: path === loop ? index : scope.opened };
  }
  const whole = scopes[scopeKey(loop)];
  if (whole) {
    const items = whole.items === null ? null : { length: index + 1 };
    scopes[scopeKey(loop)] = {
      ...whole,
      alive: 0,
      items: items === null ? null : Array.from(items, () => null),
      loop: whole.loop && { ...whole.loop, bodies: [], results: [], errors: [], size: 0, owing: [] },
    };
  }
  const open: StepInstance = { ...container, status: 'open', abandoned: false, parked: false };
  const instances: Record<string, StepInstance> = { [container.id]: open };
  for (const path of pathsOutwards(loop)) {
    const outer = state.instances[scopeAt(state, path)?.container ?? ''];
    if (outer && outer.id !== container.id) instances[outer.id] = { ...outer, status: 'open' };
  }
  return {
    ...state,
    instances,
    scopes,
    generations: {},
    transitions: {},
    live: [container.id],
    undoing: [],
    incidents: {},
    cancel: null,
    terminated: null,
    endedAt: null,
    status: 'running',
  };
}

function withoutData(scope: ScopeState, present: ReadonlySet<string>): ScopeState {
  const members = scope.members.filter((id) => present.has(id));
  const loop = scope.loop && { ...scope.loop, results: [], errors: [] };
  return { ...scope, members, loop, status: 'closed', alive: 0, item: null, items: null, output: null, variables: {} };
}

const isTakenIn = (state: RunState, key: string, path: string) =>
  state.transitions[key] === 'taken' && isWithin(key.slice(key.indexOf('@') + 1), path);

const asData = (value: object) => value as unknown as JsonObject;
