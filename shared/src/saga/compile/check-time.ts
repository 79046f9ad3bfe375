/** Checks of time: waits that nothing ends, bounds that are shorter than what they hold, ways of timeouts never taken. */
import { isContainer } from '../../graph/index.js';
import type { NodeOf, RaceArm, TaskSettings } from '../../graph/index.js';
import { ROOT_SCOPE } from '../definition.js';
import type { Report } from './diagnostic.js';
import { containersAround, isTriggerNode } from './flow.js';
import type { Flow, FlowNode, FlowStep } from './flow.js';
import { fix } from './quick-fix.js';

const DAY_MS = 86_400_000;

export function checkTime(flow: Flow, report: Report): void {
  for (const node of flow.nodes) {
    if (isTriggerNode(node) || !flow.reachable.has(node.id)) continue;
    checkWaits(flow, node, report);
    checkTimeoutEdge(node, report);
  }
  checkBounds(flow, report);
}

function checkWaits(flow: Flow, node: FlowStep, report: Report): void {
  const bounded =
    flow.graph.settings.deadlineMs !== undefined ||
    containersAround(flow, node.id).some((around) => around.timeoutMs !== undefined);
  const endAfterDay = fix.set('Wait a day at most', node.id, ['timeoutMs'], DAY_MS);
  const place = { node: node.id, field: 'timeoutMs' };
  switch (node.kind) {
    case 'wait': {
      if (node.timeoutMs === undefined && !bounded) {
        const message = `Step ${node.name} waits without end when the event never comes; give it a timeout.`;
        report('warning', 'wait.no-timeout', message, place, [endAfterDay]);
      }
      checkCorrelation(node, node.event, 'event', report);
      return;
    }
    case 'task':
      checkTask(node, node.task, node.timeoutMs, ['task'], report);
      if (node.timeoutMs === undefined && !bounded && !isReminding(node.task)) {
        const message = `Step ${node.name} waits without end when nobody answers, and reminds nobody; give it a timeout, a reminder or an escalation.`;
        report('hint', 'wait.no-timeout', message, place, [
          fix.set('Remind every day', node.id, ['task', 'reminderMs'], DAY_MS),
          endAfterDay,
        ]);
      }
      return;
    case 'race':
      checkRace(node, bounded, report);
      return;
    default:
  }
}

const isReminding = (task: TaskSettings) => task.reminderMs !== undefined || task.escalation !== undefined;

function checkRace(node: NodeOf<'race'>, bounded: boolean, report: Report): void {
  const place = { node: node.id, field: 'arms' };
  if (node.arms.length === 1) {
    const message = `Race ${node.name} has one wait only; add another, or use a plain wait.`;
    report('hint', 'race.single', message, place);
  }
  const ends = node.arms.some((arm) => arm.kind === 'timer' || (arm.kind === 'task' && isReminding(arm.task)));
  if (!ends && !bounded) {
    const message = `Race ${node.name} waits without end when nothing of it comes; add a timer to it.`;
    report('warning', 'wait.no-timeout', message, place);
  }
  for (const [index, arm] of node.arms.entries()) {
    if (arm.kind === 'event') checkCorrelation(node, arm.event, `arms.${index}.event`, report);
    if (arm.kind === 'task') checkTask(node, arm.task, undefined, ['arms', index, 'task'], report);
  }
}

type AwaitedEvent = Extract<RaceArm, { kind: 'event' }>['event'];

function checkCorrelation(node: FlowStep, event: AwaitedEvent, field: string, report: Report): void {
  if (event.correlation !== undefined) return;
  const message = `Step ${node.name} takes any event ${event.type}, also one that is meant for another run; say which value of the event belongs to this run.`;
  report('hint', 'wait.uncorrelated', message, { node: node.id, field: `${field}.correlation` });
}

/** What happens on the way must happen before the time is over. */
function checkTask(
  node: FlowStep,
  task: TaskSettings,
  timeoutMs: number | undefined,
  path: readonly (string | number)[],
  report: Report,
): void {
  if (timeoutMs === undefined) return;
  const late: readonly [number | undefined, string, readonly string[]][] = [
    [task.dueMs, 'is due', ['dueMs']],
    [task.reminderMs, 'reminds', ['reminderMs']],
    [task.escalation?.afterMs, 'is escalated', ['escalation']],
  ];
  for (const [afterMs, what, field] of late) {
    if (afterMs === undefined || afterMs <= timeoutMs) continue;
    const message = `Task ${node.name} ${what} only after its time is over; make that earlier, or give it more time.`;
    const where = [...path, ...field];
    report('warning', 'task.too-late', message, { node: node.id, field: where.join('.') }, [
      fix.clear('Leave it out', node.id, where),
    ]);
  }
}

function checkTimeoutEdge(node: FlowStep, report: Report): void {
  if (!('onTimeout' in node) || node.onTimeout !== 'timeout-edge') return;
  const always = node.kind === 'action' || node.kind === 'call' || node.kind === 'emit' || node.kind === 'code';
  if (always || node.timeoutMs !== undefined) return;
  const message = `Step ${node.name} has a way for running out of time, but all the time there is; give it a timeout.`;
  report('warning', 'timeout.never', message, { node: node.id, field: 'timeoutMs' }, [
    fix.set('Give it a day', node.id, ['timeoutMs'], DAY_MS),
  ]);
}

/** Delays that are certainly waited for, added up along the longest way, against the bound around them. */
function checkBounds(flow: Flow, report: Report): void {
  const { deadlineMs } = flow.graph.settings;
  const lengths = new Map<string, number>();
  for (const level of [...flow.levels.values()].reverse()) {
    const waits = longestWay(flow, level.order, lengths);
    lengths.set(level.scope, waits);
    const bound = level.container === null ? deadlineMs : level.container.timeoutMs;
    if (bound === undefined || waits < bound) continue;
    const whose = level.container === null ? 'The run' : level.container.name;
    const message = `${whose} may take ${seconds(bound)}, but the delays in it add up to ${seconds(waits)}; give it more time, or wait less.`;
    const more = waits * 2;
    if (level.scope === ROOT_SCOPE) {
      report('warning', 'deadline.too-short', message, { field: 'settings.deadlineMs' }, [
        { label: `Give it ${seconds(more)}`, edit: { kind: 'set-setting', path: ['deadlineMs'], value: more } },
      ]);
    } else {
      report('warning', 'deadline.too-short', message, { node: level.scope, field: 'timeoutMs' }, [
        fix.set(`Give it ${seconds(more)}`, level.scope, ['timeoutMs'], more),
      ]);
    }
  }
}

/** Every pass of a loop counts once: how many there will be is not known. */
function longestWay(flow: Flow, order: readonly string[], lengths: ReadonlyMap<string, number>): number {
  const until = new Map<string, number>();
  let longest = 0;
  for (const id of order) {
    const node = flow.byId.get(id);
    let before = 0;
    for (const edge of flow.incoming.get(id) ?? []) before = Math.max(before, until.get(edge.from) ?? 0);
    const here = before + (node ? ownWait(node, lengths) : 0);
    until.set(id, here);
    longest = Math.max(longest, here);
  }
  return longest;
}

function ownWait(node: FlowNode, lengths: ReadonlyMap<string, number>): number {
  if (isContainer(node)) return lengths.get(node.id) ?? 0;
  return node.kind === 'delay' && node.delay.kind === 'for' ? node.delay.durationMs : 0;
}

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
