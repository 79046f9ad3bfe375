/**
 * What was decided in one journal and otherwise in another of the same event: which steps ran, with what input, by which way
 * they left, what became of them and of their effects, how the run ended. Instants, attempts and keys are no decisions.
 */
import { isJsonObject } from '../../kernel/index.js';
import type { SagaDefinition } from '../definition.js';
import type { Json, JsonObject } from '../imports.js';
import { instanceId } from '../instance.js';
import type { Entry } from '../journal.js';
import type { InstanceId } from '../state.js';

export interface Difference {
  /**
   * - `step-added` / `step-removed` it ran in one only
   * - `input` it was called with something else: `then` and `now` hold what differs, by its path
   * - `way` it left by another port
   * - `outcome` something else became of it
   * - `undo` something else became of its effect
   * - `run` the run ended otherwise
   * - `output` it ended alike with another output
   */
  readonly what: 'step-added' | 'step-removed' | 'input' | 'way' | 'outcome' | 'undo' | 'run' | 'output';
  readonly instance: InstanceId | null;
  readonly step: string | null;
  /** The step's name in whichever definition has it. */
  readonly name: string | null;
  readonly then: Json;
  readonly now: Json;
}

export interface Side {
  readonly definition: SagaDefinition;
  readonly journal: readonly Entry[];
}

interface Seen {
  readonly id: InstanceId;
  readonly step: string;
  input: JsonObject | null;
  ports: readonly string[];
  outcome: string;
  undo: string | null;
}

interface Story {
  readonly steps: Map<InstanceId, Seen>;
  end: { outcome: string; code: string | null; output: Json };
}

/** In the order in which they come about now; what is missing now comes last. Empty = decided alike. */
export function differences(then: Side, now: Side): Difference[] {
  const before = story(then.journal);
  const after = story(now.journal);
  const nameOf = (step: string) => (now.definition.steps[step] ?? then.definition.steps[step])?.name ?? step;
  const found: Difference[] = [];
  const add = (what: Difference['what'], seen: Seen | null, was: Json, is: Json) =>
    found.push({
      what,
      instance: seen?.id ?? null,
      step: seen?.step ?? null,
      name: seen && nameOf(seen.step),
      then: was,
      now: is,
    });
  for (const seen of after.steps.values()) {
    const was = before.steps.get(seen.id);
    if (was === undefined) add('step-added', seen, null, seen.input ?? seen.outcome);
    else compare(was, seen, (what, old, young) => add(what, seen, old, young));
  }
  for (const seen of before.steps.values())
    if (!after.steps.has(seen.id)) add('step-removed', seen, seen.input ?? seen.outcome, null);
  const { end: was } = before;
  const { end: is } = after;
  if (was.outcome !== is.outcome || was.code !== is.code) add('run', null, ending(was), ending(is));
  else if (!equal(was.output, is.output)) add('output', null, was.output, is.output);
  return found;
}

/**
 * One short text for all differences of a run, equal for runs that differ in the same way: what changed where, by which way and
 * to what outcome, without the values that each run has of its own.
 */
export function signature(found: readonly Difference[]): string {
  const parts = found.map(({ what, step, then, now }) => {
    if (what === 'input') return `input ${step ?? ''} ${Object.keys((now ?? {}) as JsonObject).join(',')}`;
    if (what === 'output') return 'output';
    if (what === 'step-added' || what === 'step-removed') return `${what} ${step ?? ''}`;
    return `${what} ${step ?? 'run'} ${shown(then)}>${shown(now)}`;
  });
  return [...new Set(parts)].join('; ').slice(0, 500);
}

const shown = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));

function compare(was: Seen, is: Seen, add: (what: Difference['what'], old: Json, young: Json) => void): void {
  if (!equal(was.input, is.input)) {
    const changed = changedPaths(was.input, is.input, '').slice(0, 20);
    const pick = (value: Json) => Object.fromEntries(changed.map((path) => [path, at(value, path)]));
    add('input', pick(was.input), pick(is.input));
  }
  if (was.outcome !== is.outcome) add('outcome', was.outcome, is.outcome);
  else if (!equal([...was.ports], [...is.ports])) add('way', was.ports.join(', '), is.ports.join(', '));
  if (was.undo !== is.undo) add('undo', was.undo, is.undo);
}

const ending = ({ outcome, code }: Story['end']) => (code === null ? outcome : `${outcome}: ${code}`);

function story(journal: readonly Entry[]): Story {
  const steps = new Map<InstanceId, Seen>();
  const told: Story = { steps, end: { outcome: 'not ended', code: null, output: null } };
  const seen = (ref: Parameters<typeof instanceId>[0]): Seen => {
    const id = instanceId(ref);
    const known = steps.get(id) ?? { id, step: ref.step, input: null, ports: [], outcome: 'open', undo: null };
    steps.set(id, known);
    return known;
  };
  for (const entry of journal) {
    switch (entry.type) {
      case 'step.started':
        if (entry.direction === 'forward') seen(entry).input ??= entry.input;
        else seen(entry).undo = 'open';
        break;
      case 'step.succeeded':
      case 'step.failed':
      case 'step.unknown':
        settle(seen(entry), entry);
        break;
      case 'step.waiting':
      case 'step.opened':
        seen(entry);
        break;
      case 'step.skipped':
        seen(entry).outcome = 'skipped';
        break;
      case 'step.cancelled':
        seen(entry).outcome = 'cancelled';
        break;
      case 'run.ended':
        told.end = { outcome: entry.outcome, code: entry.failure?.code ?? null, output: entry.output };
        break;
      default:
    }
  }
  return told;
}

function settle(seen: Seen, entry: Extract<Entry, { type: 'step.succeeded' | 'step.failed' | 'step.unknown' }>): void {
  const outcome =
    entry.type === 'step.succeeded'
      ? 'succeeded'
      : entry.retryAt === null
        ? `${entry.type === 'step.failed' ? 'failed' : 'unknown'}: ${entry.failure.code}`
        : null;
  if (outcome === null) return;
  if (entry.direction === 'undo') {
    seen.undo = outcome === 'succeeded' ? 'undone' : outcome;
    return;
  }
  seen.outcome = outcome;
  if (entry.type === 'step.succeeded') seen.ports = entry.ports ?? [entry.port];
}

/** Paths below which two values differ, like `order.amount`; '' when they are of different kinds. */
function changedPaths(a: Json, b: Json, path: string): string[] {
  if (equal(a, b)) return [];
  if (!isJsonObject(a) || !isJsonObject(b)) return [path];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    changedPaths(a[key] ?? null, b[key] ?? null, path === '' ? key : `${path}.${key}`),
  );
}

function at(value: Json, path: string): Json {
  if (path === '') return value;
  let found: Json = value;
  for (const key of path.split('.')) found = isJsonObject(found) ? (found[key] ?? null) : null;
  return found;
}

function equal(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => equal(each, b[i] ?? null));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key] ?? null, b[key] ?? null))
  );
}
