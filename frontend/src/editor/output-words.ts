/**
 * What each kind gives to the steps behind it, in words: the one table of the panel, the data picker and docs/expressions.md.
 * Names of fields stand in backticks.
 */
import type { NodeKind } from '@sagawright/shared/graph';

const OUTPUTS: Readonly<Record<NodeKind, string | null>> = {
  'trigger.webhook': 'as `trigger.data` the body of the request',
  'trigger.manual': 'as `trigger.data` what it is started with',
  'trigger.event': 'as `trigger.data` the data of the event',
  'trigger.schedule': 'as `trigger.data` `scheduledFor`, the instant that was due',
  'trigger.connector': 'as `trigger.data` what the connector tells',
  'trigger.called': 'as `trigger.data` the input of the calling step',
  'trigger.failure': 'as `trigger.data` the `run`, its `workflow`, `status` and `failure`',
  action: 'the answer of its operation, mostly `status`, `headers` and `body`',
  transform: 'its values',
  code: 'what the code returns',
  call: 'the output of the other run; if it does not wait, `run`: its id',
  emit: '`id`, `source`, `type` and `position` of the event, and `runs`: the ids of those it started',
  respond: '`status`, `headers` and `body` of the answer',
  branch: '`case`: the id of the way taken, or `else`',
  inclusive: '`cases`: the ids of the ways taken, or `else`',
  parallel: null,
  join: null,
  'for-each': '`results` in the order of the items, `errors` (each `index` and `error`), `failed` and `count`',
  repeat: 'what its last pass came to',
  scope: 'the output of the End inside, else of the last step inside',
  delay: '`until`, in milliseconds since 1970',
  wait: 'the event: `id`, `source`, `type`, `subject`, `time`, `data` and `headers`',
  race: 'of what came first: the event, `until` of a time, or the answer of a person',
  task: '`outcome`, `comment`, `data` of the form, and `by` (`id` and `name`)',
  end: 'the output of the run, or of the box it lies in',
  fail: null,
  terminate: 'the output of the run, or of the box it lies in',
  note: null,
  group: null,
};

/** @returns null for a kind that gives nothing to read */
export function outputWords(kind: NodeKind): string | null {
  return OUTPUTS[kind];
}
