/**
 * What the fields of the panels are called, how they are explained, and how they are written: one table for all kinds of
 * steps and for the workflow itself.
 *
 * A field is found by its dotted path without positions, most special first: `repeat.until`, then `until`; a field deeper
 * inside by the end of its path, so that `arms.event.type` of a race is the `event.type` of a wait.
 */
import { WEBHOOK_PROVIDERS } from '@sagawright/shared/event';
import type { NodeKind } from '@sagawright/shared/graph';

/** What a panel edits. */
export type FormKind = NodeKind | 'workflow';

export interface Choice {
  readonly label: string;
  readonly description?: string;
}

export interface FieldWords {
  readonly label: string;
  readonly help?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  /** A text that holds `{{ expressions }}`, on one line or on several; other texts are taken as they are. */
  readonly template?: 'line' | 'text';
  /** Of a choice, or of the alternatives of a union. */
  readonly choices?: Readonly<Record<string, Choice>>;
  /** One item of a list, in words. */
  readonly item?: string;
}

const WHO = 'A user’s e-mail address or id, or the name of a group. {{ expressions }} are allowed.';

const ON_FAILURE = {
  fail: { label: 'Fail and undo', description: 'Everything done before is undone' },
  continue: { label: 'Go on with an empty output' },
  'error-edge': { label: 'Follow the error line', description: 'Draw it from the red circle of the step' },
  park: { label: 'Wait for a person', description: 'The step becomes an incident to decide' },
} as const;

const WORDS: Readonly<Record<string, FieldWords>> = {
  scheme: {
    label: 'Signature',
    choices: Object.fromEntries(Object.values(WEBHOOK_PROVIDERS).map(({ id, title }) => [id, { label: title }])),
  },
  sample: {
    label: 'Sample data',
    help: 'An example of what comes in: feeds autocomplete and test runs. Read it as trigger.data.',
  },
  event: { label: 'Event' },
  'event.type': {
    label: 'Event type',
    required: true,
    help: 'The type that the sender gives, or * for any.',
    placeholder: 'order.shipped',
  },
  'event.filter': {
    label: 'Filter',
    help: 'A pattern over the whole event, such as {"data": {"country": ["DE", "AT"]}}.',
  },
  order: {
    label: 'Runs go one after another',
    help: 'Per key, in the order in which the events were stored. Off: they go side by side.',
  },
  'order.by': {
    label: 'Key in the event',
    required: true,
    help: 'Events with equal values there wait for each other; one without a value waits for none.',
    placeholder: 'data.order.id',
  },
  'order.onFailure': {
    label: 'When one of them fails',
    choices: {
      block: { label: 'The others wait', description: 'Until somebody skips the one that failed' },
      'go-on': { label: 'The others go on' },
    },
  },
  'event.schemaVersion': {
    label: 'Schema version',
    help: 'The version of the event type’s schema that this drawing knows. Empty: the one in force when it is published.',
  },
  'event.correlation': {
    label: 'Belongs to this run by',
    help: 'Off: any event of the type is taken, whichever run it was meant for.',
  },
  'event.correlation.path': { label: 'Value in the event', required: true, placeholder: 'data.order.id' },
  'event.correlation.value': {
    label: 'Equals',
    required: true,
    template: 'line',
    placeholder: '{{ trigger.data.orderId }}',
  },
  'event.earlyMs': {
    label: 'Takes events from before',
    help: 'An event that came up to that long before the step began is taken as well.',
  },
  'emit.event.type': {
    label: 'Event type',
    required: true,
    template: 'line',
    help: 'Who listens for this type is started or woken.',
    placeholder: 'order.placed',
  },
  'emit.event.subject': {
    label: 'Subject',
    template: 'line',
    help: 'What the event is about.',
    placeholder: 'orders/{{ trigger.data.orderId }}',
  },
  'emit.event.data': { label: 'Data', help: 'JSON with {{ expressions }} in its texts.' },
  'emit.event.partitionKey': {
    label: 'Partition key',
    template: 'line',
    help: 'Events with the same key are kept in order where a trigger asks for it.',
  },
  'emit.workflow': { label: 'Sent to', help: 'One workflow: only its event triggers may start by this event.' },
  schedule: {
    label: 'Runs start',
    choices: {
      cron: { label: 'At set times', description: 'A cron expression and a time zone' },
      interval: { label: 'At an interval' },
    },
  },
  'schedule.expression': { label: 'Cron expression', required: true, placeholder: '0 9 * * 1-5' },
  'schedule.timeZone': { label: 'Time zone', required: true, placeholder: 'Europe/Berlin' },
  'schedule.everyMs': { label: 'Every' },
  catchUp: {
    label: 'Times that were missed',
    help: 'While the product was not running.',
    choices: {
      skip: { label: 'Are left out' },
      latest: { label: 'One run for the latest' },
      all: { label: 'One run for each' },
    },
  },
  connector: { label: 'Connector', required: true },
  operation: { label: 'Operation', required: true },
  trigger: { label: 'Trigger', required: true },
  workflows: {
    label: 'Of which workflows',
    help: 'None chosen: of any other workflow.',
    item: 'workflow',
  },
  input: { label: 'Input' },
  'call.input': { label: 'Input of the sub-workflow', help: 'It reads this as trigger.data.' },
  'code.input': { label: 'Input', help: 'What the code gets as input. {{ expressions }} are allowed.' },
  source: {
    label: 'JavaScript',
    help: 'The body of a function of input; return a JSON value. No network, no clock, no randomness.',
  },
  'code.timeoutMs': { label: 'May take', help: 'Code that runs longer fails with timeout.code.' },
  values: { label: 'Values', help: 'What the step gives on: JSON with {{ expressions }} in its texts.' },
  assign: {
    label: 'Sets variables',
    help: 'Variables by name, such as {"total": "{{ vars.total + 1 }}"}. Each is set where it is declared.',
  },
  cases: { label: 'Cases', item: 'case' },
  'cases.label': { label: 'Label' },
  'cases.when': {
    label: 'Condition',
    required: true,
    template: 'line',
    placeholder: '{{ trigger.data.amountCents > 500 }}',
  },
  'join.mode': {
    label: 'Goes on',
    choices: {
      all: { label: 'When all ways have arrived' },
      any: { label: 'With the first way that arrives' },
      'n-of-m': { label: 'When a number of ways has arrived' },
    },
  },
  'mode.n': { label: 'Ways' },
  'mode.losers': {
    label: 'The others',
    choices: {
      cancel: { label: 'Are cancelled, and undone if they did something' },
      ignore: { label: 'Finish, and are ignored' },
    },
  },
  arms: {
    label: 'What it waits for',
    item: 'wait',
    choices: { event: { label: 'An event' }, timer: { label: 'A time' }, task: { label: 'A person' } },
  },
  'arms.label': { label: 'Label', help: 'Names the way on.' },
  items: {
    label: 'Items',
    required: true,
    template: 'line',
    help: 'An expression that gives a list. Steps inside read item and index.',
    placeholder: '{{ trigger.data.lines }}',
  },
  'for-each.mode': {
    label: 'Items are done',
    choices: { sequential: { label: 'One after another' }, parallel: { label: 'Several at a time' } },
  },
  'mode.limit': { label: 'At a time' },
  results: {
    label: 'Results',
    help: 'What the loop gives as output.results. A loop over very many items need not keep them.',
    choices: {
      all: { label: 'Kept, as a list' },
      none: { label: 'Not kept' },
    },
  },
  onItemFailure: {
    label: 'When an item fails',
    help: 'What the item had done is undone in any case.',
    choices: {
      fail: { label: 'The loop fails', description: 'The other items are stopped and undone' },
      continue: { label: 'Go on without it' },
      collect: { label: 'Go on and collect the failures', description: 'Read them as output.errors' },
    },
  },
  until: {
    label: 'Until',
    required: true,
    template: 'line',
    help: 'True ends the repetition. Reads the steps inside, index (from 0) and previous.',
    placeholder: '{{ steps.check.output.body.ready }}',
  },
  test: {
    label: 'The condition is looked at',
    choices: { after: { label: 'After each pass' }, before: { label: 'Before the first pass as well' } },
  },
  maxPasses: { label: 'Passes at most' },
  onBound: {
    label: 'After that many passes',
    choices: {
      fail: { label: 'The step fails', description: 'With code repeat.exhausted' },
      continue: { label: 'Go on' },
    },
  },
  variables: {
    label: 'Variables',
    help: 'Values by name that live as long as the scope; read them as vars.name, set them by a Transform.',
  },
  savePoint: {
    label: 'Save-point',
    help: 'An undo that comes from outside stops here, and the run goes on by “resume here”.',
  },
  undoAsUnit: {
    label: 'Undo before the handler',
    help: 'On a failure inside, everything in the scope is undone first, then its handler runs.',
  },
  delay: {
    label: 'Waits',
    choices: { for: { label: 'For a time' }, until: { label: 'Until an instant' } },
  },
  'delay.durationMs': { label: 'For' },
  'delay.instant': {
    label: 'Instant',
    required: true,
    template: 'line',
    help: 'ISO date and time, or milliseconds since 1970.',
    placeholder: '{{ trigger.data.deliverAt }}',
  },
  task: { label: 'Task' },
  'task.title': { label: 'Title in the inbox', required: true, template: 'line' },
  'task.instructions': { label: 'What to know', template: 'text' },
  'task.assignees': {
    label: 'For',
    item: 'person',
    template: 'line',
    help: `${WHO} Nobody named: anybody who may complete tasks.`,
  },
  'task.form': {
    label: 'Form',
    help: 'JSON Schema of what is to be filled in. Empty: the outcome is all that is asked for.',
  },
  'task.outcomes': { label: 'Outcomes', item: 'outcome', help: 'Each is a way on.' },
  'outcomes.label': { label: 'Label', required: true },
  'outcomes.commentRequired': { label: 'Asks for a comment' },
  'task.dueMs': { label: 'Due after', help: 'Shown as the due date; passing it changes nothing else.' },
  'task.reminderMs': { label: 'Reminds every' },
  'task.escalation': { label: 'Escalates', help: 'After that long the task also belongs to others.' },
  'escalation.afterMs': { label: 'After' },
  'escalation.to': { label: 'To', item: 'person', template: 'line', help: WHO },
  workflow: { label: 'Workflow', required: true },
  version: {
    label: 'Version',
    choices: {
      latest: { label: 'Latest', description: 'The version that is live when the step begins' },
      pinned: { label: 'One version', description: 'Stays the same when a newer one is published' },
    },
  },
  'version.number': { label: 'Number' },
  'call.mode': {
    label: 'Then',
    choices: {
      wait: { label: 'Wait until it has ended' },
      forget: { label: 'Go on at once', description: 'It runs on its own and is not undone with this run' },
    },
  },
  status: { label: 'Status' },
  headers: { label: 'Headers', help: 'Texts by name; {{ expressions }} are allowed.' },
  body: { label: 'Body', help: 'JSON with {{ expressions }} in its texts.' },
  output: {
    label: 'Output of the run',
    help: 'Shown with the run and answered by the API. Inside a scope or loop: its output.',
  },
  code: { label: 'Code', required: true, help: 'Stable and dotted, such as order.rejected.' },
  message: { label: 'Message', template: 'text' },
  text: { label: 'Text' },
  size: { label: 'Size' },
  'size.width': { label: 'Width' },
  'size.height': { label: 'Height' },

  'workflow.direction': { label: 'Drawn', choices: { lr: { label: 'To the right' }, tb: { label: 'Downwards' } } },
  'workflow.strict': {
    label: 'Strict about undo',
    help: 'A step that changes something and says nothing of its undo is an error then, and cannot be published.',
  },
  'workflow.variables': {
    label: 'Variables',
    help: 'Start values by name, such as {"total": 0}. Read them as vars.total; a Transform sets them.',
  },
  'workflow.deadlineMs': {
    label: 'Deadline of a run',
    help: 'A run that is not over by then is cancelled, and what it did is undone. Empty: it may take as long as it takes.',
  },
  'workflow.concurrency': {
    label: 'Limit how many runs go on',
    help: 'At most so many runs of this workflow go on at a time per key.',
  },
  'workflow.concurrency.key': {
    label: 'Per',
    template: 'line',
    placeholder: '{{ trigger.data.customerId }}',
    help: 'Runs with equal keys share the limit. Reads trigger, run and env. Empty: all runs share it.',
  },
  'workflow.concurrency.limit': { label: 'At most' },
  'workflow.concurrency.policy': {
    label: 'When all places are taken',
    choices: {
      queue: { label: 'A new run stands in line' },
      reject: { label: 'A new run is rejected', description: 'It ends cancelled, and has done nothing' },
      'cancel-older': { label: 'The oldest run makes room', description: 'It is cancelled and undone' },
      'cancel-newer': { label: 'The newest run is cancelled', description: 'It ends cancelled, and has done nothing' },
      debounce: { label: 'Only the latest run, after a quiet time', description: 'Of those that wait the others end' },
    },
  },
  'workflow.concurrency.debounceMs': {
    label: 'Quiet time',
    help: 'A run begins once none has come after it for that long.',
  },

  undo: { label: 'Undo' },
  // Only what reaches outside is attempted more than once.
  'action.onFailure': { label: 'After the last attempt', choices: ON_FAILURE },
  'call.onFailure': { label: 'After the last attempt', choices: ON_FAILURE },
  'emit.onFailure': { label: 'After the last attempt', choices: ON_FAILURE },
  onFailure: { label: 'Then', choices: ON_FAILURE },
  onTimeout: {
    label: 'When it runs out of time',
    choices: {
      fail: { label: 'That is a failure like others' },
      'timeout-edge': { label: 'Follow the timeout line', description: 'Draw it from the amber circle of the step' },
    },
  },
  retry: { label: 'Own retry policy' },
  attemptTimeoutMs: {
    label: 'Attempt timeout',
    help: 'How long one attempt may take before its outcome counts as unknown. Empty: 30 seconds.',
  },
  totalTimeoutMs: {
    label: 'Total timeout',
    help: 'From the beginning to the outcome, all attempts and pauses included.',
  },
  timeoutMs: { label: 'Timeout', help: 'Empty: as long as it takes.' },
  skipWhen: {
    label: 'Skip when',
    template: 'line',
    help: 'True passes the step over; its output is empty and nothing of it is undone.',
    placeholder: '{{ trigger.data.dryRun }}',
  },
  idempotencyKey: {
    label: 'Idempotency key',
    template: 'line',
    help: 'Sent instead of the product’s own; equal keys mean one effect.',
    placeholder: '{{ trigger.data.orderId }}',
  },
  concurrency: { label: 'At a time', help: 'At most so many such steps of the workspace run at a time per key.' },
  'concurrency.key': {
    label: 'Per',
    template: 'line',
    placeholder: '{{ trigger.data.customerId }}',
    help: 'Equal keys share the limit. Empty: all share it.',
  },
  'concurrency.limit': { label: 'At most' },
  'concurrency.policy': {
    label: 'When all are taken',
    choices: {
      queue: { label: 'Stand in line' },
      reject: { label: 'Fail' },
    },
  },
  rate: { label: 'Rate', help: 'At most so many such steps begin in a span of time per key.' },
  'rate.key': {
    label: 'Per',
    template: 'line',
    placeholder: '{{ trigger.data.customerId }}',
    help: 'Equal keys share the limit. Empty: all share it.',
  },
  'rate.limit': { label: 'At most' },
  'rate.perMs': { label: 'In' },
  effect: {
    label: 'What it does to the world',
    help: 'Only stricter than the connector says.',
    choices: {
      pure: { label: 'Nothing' },
      read: { label: 'Reads only' },
      idempotent: { label: 'Repeating it changes nothing more' },
      keyed: { label: 'Once per idempotency key' },
      'at-most-once': { label: 'Must not be repeated blindly' },
      irreversible: { label: 'Cannot be undone' },
    },
  },
};

/** @param path dotted, without positions; @returns undefined for a field that has no words yet */
export function wordsOf(kind: FormKind, path: string): FieldWords | undefined {
  const special = WORDS[`${kind}.${path}`];
  if (special) return special;
  const parts = path.split('.');
  for (let from = 0; from < parts.length; from++) {
    const found = WORDS[parts.slice(from).join('.')];
    if (found) return found;
  }
  return undefined;
}
