/** Checks of triggers: schedules that can be read and come to pass, zones and connector triggers that exist. */
import { Cron } from 'croner';
import type { NodeOf, TriggerNode } from '../../graph/index.js';
import type { CompileOptions } from './compile.js';
import type { Report } from './diagnostic.js';
import { fix } from './quick-fix.js';

export function checkTrigger(node: TriggerNode, options: CompileOptions, report: Report): void {
  switch (node.kind) {
    case 'trigger.schedule':
      checkSchedule(node, report);
      break;
    case 'trigger.event':
    case 'trigger.webhook':
      checkOrder(node, report);
      break;
    case 'trigger.connector':
      checkConnectorTrigger(node, options, report);
      break;
    case 'trigger.failure':
      checkWatched(node, options, report);
      break;
    default:
  }
}

function checkWatched(node: NodeOf<'trigger.failure'>, { workflows }: CompileOptions, report: Report): void {
  if (!workflows) return;
  const known = node.workflows.filter((id) => workflows.some((each) => each.id === id));
  if (known.length === node.workflows.length) return;
  const message = `Trigger ${node.name} watches a workflow that does not exist; choose another.`;
  report('error', 'workflow.unknown', message, { node: node.id, field: 'workflows' }, [
    // An empty list would watch all of them.
    known.length > 0 ? fix.set('Watch the others only', node.id, ['workflows'], known) : null,
  ]);
}

/** Parts of an event, and whether something lies in them. */
const PATH_OF_EVENT = /^(?:(?:id|source|type|subject|time|data)$|(?:data|headers)(?:\.[^.]+)+$)/;

/** A path that leads nowhere would keep no order, and nobody would notice. */
function checkOrder({ id, name, order }: NodeOf<'trigger.event' | 'trigger.webhook'>, report: Report): void {
  if (order === undefined || PATH_OF_EVENT.test(order.by)) return;
  const message = `Trigger ${name} keeps order by ${order.by}, which is no part of an event; write a path like subject or data.order.id.`;
  report('error', 'trigger.order-unreadable', message, { node: id, field: 'order.by' }, [
    fix.clear('Keep no order', id, ['order']),
  ]);
}

/** Any instant will do: whether a schedule ever comes to pass does not depend on when one asks. */
const SOME_DAY = new Date('2024-01-01T00:00:00Z');

function checkSchedule(node: NodeOf<'trigger.schedule'>, report: Report): void {
  const { schedule } = node;
  if (schedule.kind !== 'cron') return;
  if (!isTimeZone(schedule.timeZone)) {
    const message = `Trigger ${node.name} names time zone ${schedule.timeZone}, which is not known; use a name like Europe/Berlin.`;
    report('error', 'trigger.time-zone-unknown', message, { node: node.id, field: 'schedule.timeZone' }, [
      fix.set('Use UTC', node.id, ['schedule', 'timeZone'], 'UTC'),
    ]);
  }
  const problem = cronProblem(schedule.expression);
  if (problem === null) return;
  const message = `Trigger ${node.name} has schedule "${schedule.expression}", which ${problem}; write five fields like "0 9 * * 1-5".`;
  report('error', 'trigger.schedule-invalid', message, { node: node.id, field: 'schedule.expression' }, [
    fix.set('Every day at nine', node.id, ['schedule', 'expression'], '0 9 * * *'),
  ]);
}

/** @returns what is wrong with it, as the end of a sentence */
export function cronProblem(expression: string): string | null {
  const fields = expression.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) return 'does not have five fields, or six with seconds first';
  try {
    const next = new Cron(expression.trim(), { timezone: 'UTC', paused: true }).nextRun(SOME_DAY);
    return next === null ? 'never comes to pass' : null;
  } catch {
    return 'cannot be read';
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function checkConnectorTrigger(node: NodeOf<'trigger.connector'>, options: CompileOptions, report: Report): void {
  const catalogue = options.connectors;
  if (!catalogue) return;
  const connector = Object.hasOwn(catalogue, node.connector) ? catalogue[node.connector] : undefined;
  if (!connector) {
    const message = `Trigger ${node.name} uses connector ${node.connector}, which does not exist; choose another.`;
    report('error', 'connector.unknown', message, { node: node.id, field: 'connector' });
    return;
  }
  if (Object.hasOwn(connector.triggers, node.trigger)) return;
  const [other] = Object.entries(connector.triggers);
  const message = `Trigger ${node.name} waits for ${connector.name} ${node.trigger}, which does not exist; choose another trigger.`;
  report('error', 'trigger.connector-unknown', message, { node: node.id, field: 'trigger' }, [
    other ? fix.set(`Use ${other[1].title}`, node.id, ['trigger'], other[0]) : null,
  ]);
}
