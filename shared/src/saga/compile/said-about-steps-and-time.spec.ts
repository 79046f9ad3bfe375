/**
 * All that is said about connectors, inputs, waits, triggers and answers, and no more: each case lists every diagnostic with its place and the fixes it offers. Many are
 * right drawings, about which nothing is said.
 */
import { describe, expect, it } from '@jest/globals';
import { workflow } from '../testing/index.js';
import { back, changed, HOUR, known, parcel, picking, reading, said, schedule, stay, step } from '../testing/said.js';
import type { Case } from '../testing/said.js';

const CASES: readonly Case[] = [
  {
    about: 'steps that are always passed over, or never',
    graph: workflow()
      .step('a', { skipWhen: '{{ true }}' })
      .step('b', { skipWhen: '{{ false }}' })
      .step('c', { skipWhen: '{{ trigger.data }}' })
      .graph(),
    says: ['warning step.always-skipped a at skipWhen | Never pass it over: clear a ["skipWhen"]'],
  },
  {
    about: 'repeats whose condition never changes',
    graph: workflow()
      .repeat('one', step('a'), { until: '{{ true }}' })
      .repeat('two', step('b'), { until: 'false' })
      .repeat('three', step('c'), { until: '{{ index > 3 }}' })
      .graph(),
    says: ['warning loop.constant-condition one at until', 'warning loop.constant-condition two at until'],
  },
  {
    about: 'times of attempts',
    graph: workflow()
      .step('a', { attemptTimeoutMs: 1001, totalTimeoutMs: 1000 })
      .step('b', { attemptTimeoutMs: 1000, totalTimeoutMs: 1000 })
      .step('c', { totalTimeoutMs: 1 })
      .step('d', { attemptTimeoutMs: 1 })
      .graph(),
    says: [
      'warning timeout.total-too-short a at totalTimeoutMs | Shorten the attempt: set a ["attemptTimeoutMs"] 1000',
    ],
  },
  {
    about: 'keys',
    graph: workflow()
      .step('a', { idempotencyKey: 'order' })
      .step('b', { idempotencyKey: 'order-{{ trigger.data.id }}' })
      .call('c', { idempotencyKey: 'k' })
      .graph(),
    says: [
      'warning key.constant a at idempotencyKey | Use the run\'s own key: clear a ["idempotencyKey"]',
      'warning key.constant c at idempotencyKey | Use the run\'s own key: clear c ["idempotencyKey"]',
    ],
  },
  {
    about: 'secrets in plain text',
    graph: workflow()
      .step('a', {
        input: {
          one: ['sk_live_1234567890ab', 'short'],
          two: { deep: `Bearer ${'abc123'.repeat(4)}` },
          url: 'postgres://me:password@host/db',
          fine: 'Bearer {{ trigger.data.token }}',
        },
      })
      .graph(),
    says: [
      'warning secret.plain a at input.one.0',
      'warning secret.plain a at input.two.deep',
      'warning secret.plain a at input.url',
    ],
  },
  {
    about: 'what a step of an operation needs',
    graph: picking({ weight: null, to: '', size: null }),
    options: known,
    says: [
      'error input.missing a at input.weight | Fill in 1: set a ["input","weight"] 1',
      'error input.missing a at input.to | Fill in "Berlin": set a ["input","to"] Berlin',
      'error input.missing a at input.size',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'what a step of an operation has',
    graph: picking({ price: '2.5', fragile: 'true', address: {}, tags: [] }),
    options: known,
    says: ['hint output.unused b | Delete b: remove-node b true'],
  },
  {
    about: 'values of other types',
    graph: picking({ weight: 2.5, to: {}, size: 'l', price: 'much', fragile: 'perhaps', address: [], tags: {} }),
    options: known,
    says: [
      'warning input.type-mismatch a at input.weight',
      'warning input.type-mismatch a at input.to',
      'warning input.type-mismatch a at input.size',
      'warning input.type-mismatch a at input.price',
      'warning input.type-mismatch a at input.fragile',
      'warning input.type-mismatch a at input.address',
      'warning input.type-mismatch a at input.tags',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'values of other types, as text and numbers',
    graph: picking({ weight: '2', to: 3, size: 4, price: ' ', fragile: 1, address: 'x', tags: 'x' }),
    options: known,
    says: [
      'warning input.type-mismatch a at input.price',
      'warning input.type-mismatch a at input.fragile',
      'warning input.type-mismatch a at input.address',
      'warning input.type-mismatch a at input.tags',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'values out of other steps',
    graph: changed(picking({ weight: '{{ steps.b.output }}' }), 'b', {
      operation: 'pick',
      undo: back,
      input: {
        ...parcel,
        weight: '{{ steps.a.output.parcel.weight }}',
        price: '{{ steps.a.output.parcel.stops }}',
        address: '{{ steps.a.output.parcel }}',
        tags: '{{ steps.a.output.parcel.stops }}',
        to: '{{ steps.a.output.extra.x }}',
      },
    }),
    options: known,
    says: [
      'error reference.not-yet a at input.weight',
      'warning input.type-mismatch a at input.weight',
      'warning input.type-mismatch b at input.weight',
      'warning input.type-mismatch b at input.price',
    ],
  },
  {
    about: 'fields of outputs',
    graph: reading(
      (path) => path.step('a'),
      [
        '{{ steps.a.output.parcel.stops.city }}',
        '{{ steps.a.status }}',
        '{{ steps.a.error.code }}',
        '{{ steps.a.outputs.x }}',
      ],
    ),
    says: ['error reference.unknown-field c at input.value.3'],
  },
  {
    about: 'fields of outputs that are known',
    graph: changed(picking({}), 'b', {
      input: {
        parcel: [
          '{{ steps.a.output.parcel.stops.city }}',
          '{{ steps.a.output.parcel.stops.street }}',
          '{{ steps.a.output.parcel.none.x }}',
          '{{ steps.a.output.extra.any.thing }}',
          '{{ steps.a.output.parsel }}',
          '{{ steps.a.output.parcel.id.x }}',
        ],
      },
    }),
    options: known,
    says: [
      'warning reference.unknown-field b at input.parcel.1',
      'warning reference.unknown-field b at input.parcel.4',
      'warning reference.unknown-field b at input.parcel.5',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'a connector that there is not, for a step and for its undo',
    graph: picking({}, { connector: 'ship', undo: { ...back, connector: 'boat' } }),
    options: known,
    says: [
      'error connector.unknown a at connector',
      'error connector.unknown a at undo.connector',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'an operation that there is not, for a step and for its undo',
    graph: picking({}, { operation: 'throw', undo: { ...back, operation: 'catch' } }),
    options: known,
    says: [
      'error operation.unknown a at operation',
      'error operation.unknown a at undo.operation',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'an undo that lacks what it needs',
    graph: picking({}, { undo: { ...back, input: {} } }),
    options: known,
    says: ['error input.missing a at undo.input.parcel', 'hint output.unused b | Delete b: remove-node b true'],
  },
  {
    about: 'an undo that is not declared where the connector has one',
    graph: picking({}, { undo: null }),
    options: known,
    says: [
      'warning undo.undeclared a at undo | Undo it by Drop it: set a ["undo"] {"kind":"compensation","name":"Drop it","connector":"carrier","operation":"drop","input":{"parcel":"{{ step.output.parcel.id }}"}} | Say that it needs no undo: set a ["undo"] {"kind":"not-needed","reason":"Nothing has to be taken back."} | Say that it cannot be undone: set a ["undo"] {"kind":"irreversible"}',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'an undo of what changes nothing',
    graph: changed(picking({}), 'b', { undo: back }),
    options: known,
    says: [
      'hint undo.unneeded b at undo | Delete the declaration: clear b ["undo"]',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'an effect class that is weaker, and one that is stricter',
    graph: changed(picking({}, { effect: 'read' }), 'b', { effect: 'at-most-once' }),
    options: known,
    says: [
      'error effect.weakened a at effect | Take it for keyed: clear a ["effect"]',
      'warning undo.undeclared b at undo | Say that it needs no undo: set b ["undo"] {"kind":"not-needed","reason":"Nothing has to be taken back."} | Say that it cannot be undone: set b ["undo"] {"kind":"irreversible"}',
    ],
  },
  {
    about: 'a credential that is missing, for a step and for its undo',
    graph: picking({}),
    options: { ...known, credentials: new Set<string>() },
    says: [
      'error credential.missing a at connector',
      'error credential.missing a at undo.connector',
      'error credential.missing b at connector',
      'hint output.unused b | Delete b: remove-node b true',
    ],
  },
  {
    about: 'a credential that is there',
    graph: picking({}),
    options: { ...known, credentials: new Set(['carrier']) },
    says: ['hint output.unused b | Delete b: remove-node b true'],
  },
  {
    about: 'undos of calls and scopes that lack what they need',
    graph: workflow()
      .call('c', { undo: { kind: 'compensation', name: 'u', connector: 'carrier', operation: 'drop', input: {} } })
      .scope('box', (path) => path.delay('rest', 1), {
        undo: { kind: 'compensation', name: 'u', connector: 'carrier', operation: 'gone', input: {} },
      })
      .graph(),
    options: known,
    says: ['error input.missing c at undo.input.parcel', 'error operation.unknown box at undo.operation'],
  },
  {
    about: 'a wait without a timeout, bounded and not',
    graph: workflow()
      .wait('w', 'paid')
      .scope('box', (path) => path.wait('x', { type: 'paid', correlation: { path: 'id', value: '1' } }), {
        timeoutMs: HOUR,
      })
      .wait('y', 'paid', { timeoutMs: 1 })
      .graph(),
    says: [
      'warning wait.no-timeout w at timeoutMs | Wait a day at most: set w ["timeoutMs"] 86400000',
      'hint wait.uncorrelated w at event.correlation',
      'hint wait.uncorrelated y at event.correlation',
    ],
  },
  {
    about: 'waits in a run with a deadline',
    graph: workflow()
      .settings({ deadlineMs: HOUR })
      .wait('w', 'paid')
      .task('ask', { yes: stay })
      .race('first', { paid: { event: 'paid', then: stay } })
      .graph(),
    says: [
      'hint wait.uncorrelated w at event.correlation',
      'hint race.single first at arms',
      'hint wait.uncorrelated first at arms.0.event.correlation',
    ],
  },
  {
    about: 'tasks without a timeout',
    graph: workflow()
      .task('one', { yes: stay })
      .task('two', { yes: stay }, { task: { reminderMs: HOUR } })
      .task('three', { yes: stay }, { task: { escalation: { afterMs: HOUR, to: ['boss'] } } })
      .graph(),
    says: [
      'hint wait.no-timeout one at timeoutMs | Remind every day: set one ["task","reminderMs"] 86400000 | Wait a day at most: set one ["timeoutMs"] 86400000',
    ],
  },
  {
    about: 'tasks whose reminders come too late',
    graph: workflow()
      .task(
        'one',
        { yes: stay },
        {
          timeoutMs: HOUR,
          task: { dueMs: HOUR + 1, reminderMs: HOUR + 1, escalation: { afterMs: HOUR + 1, to: ['boss'] } },
        },
      )
      .task(
        'two',
        { yes: stay },
        { timeoutMs: HOUR, task: { dueMs: HOUR, reminderMs: HOUR, escalation: { afterMs: HOUR, to: ['boss'] } } },
      )
      .graph(),
    says: [
      'warning task.too-late one at task.dueMs | Leave it out: clear one ["task","dueMs"]',
      'warning task.too-late one at task.reminderMs | Leave it out: clear one ["task","reminderMs"]',
      'warning task.too-late one at task.escalation | Leave it out: clear one ["task","escalation"]',
    ],
  },
  {
    about: 'races that nothing ends, and races that something does',
    graph: workflow()
      .race('one', { paid: { event: 'paid', then: stay } })
      .race('two', { paid: { event: 'paid', then: stay }, late: { afterMs: 1, then: stay } })
      .race('three', {
        ask: { outcomes: ['yes'], task: { reminderMs: 1 }, then: stay },
        more: { outcomes: ['yes'], then: stay },
      })
      .race('four', { ask: { outcomes: ['yes'], then: stay }, more: { outcomes: ['yes'], then: stay } })
      .graph(),
    says: [
      'warning wait.no-timeout one at arms',
      'warning wait.no-timeout four at arms',
      'hint race.single one at arms',
      'hint wait.uncorrelated one at arms.0.event.correlation',
      'hint wait.uncorrelated two at arms.0.event.correlation',
    ],
  },
  {
    about: 'timeout edges that are never taken',
    graph: workflow()
      .wait('w', { type: 'paid', correlation: { path: 'id', value: '1' } }, { timeout: step('a') })
      .step('b', { timeout: step('c') })
      .code('d', 'return 1', { timeout: step('e') })
      .scope('box', step('f'), { timeout: step('g') })
      .end('end', '{{ steps.d.output }}')
      .graph(),
    says: [
      'warning reference.uncertain end at output',
      'warning wait.no-timeout w at timeoutMs | Wait a day at most: set w ["timeoutMs"] 86400000',
      'warning timeout.never w at timeoutMs | Give it a day: set w ["timeoutMs"] 86400000',
      'warning timeout.never box at timeoutMs | Give it a day: set box ["timeoutMs"] 86400000',
    ],
  },
  {
    about: 'delays that fill the time of the run, and of scopes',
    graph: workflow()
      .settings({ deadlineMs: 3000 })
      .delay('one', 1000)
      .scope('box', (path) => path.delay('two', 1000), { timeoutMs: 1000 })
      .scope('more', (path) => path.delay('three', 999), { timeoutMs: 1000 })
      .graph(),
    says: ['warning deadline.too-short box at timeoutMs | Give it 2 s: set box ["timeoutMs"] 2000'],
  },
  {
    about: 'delays beside each other, of which the longest counts',
    graph: workflow()
      .settings({ deadlineMs: 1500 })
      .parallel('p', [(path) => path.delay('one', 1000), (path) => path.delay('two', 1400)])
      .graph(),
    says: [],
  },
  {
    about: 'delays until an instant',
    graph: workflow().settings({ deadlineMs: 1 }).delay('one', '{{ trigger.data.at }}').graph(),
    says: [],
  },
  {
    about: 'schedules',
    graph: workflow(schedule('0 9 * * *'))
      .trigger('two', schedule('* * * * * *', 'Europe/Berlin'))
      .trigger('three', schedule('0 9 * *'))
      .trigger('four', schedule('0 9 31 2 *', 'Mars/Olympus'))
      .trigger('five', schedule('a b c d e'))
      .trigger('six', schedule('0 9 * * * * *'))
      .step('a')
      .graph(),
    says: [
      'error trigger.schedule-invalid three at schedule.expression | Every day at nine: set three ["schedule","expression"] 0 9 * * *',
      'error trigger.time-zone-unknown four at schedule.timeZone | Use UTC: set four ["schedule","timeZone"] UTC',
      'error trigger.schedule-invalid four at schedule.expression | Every day at nine: set four ["schedule","expression"] 0 9 * * *',
      'error trigger.schedule-invalid five at schedule.expression | Every day at nine: set five ["schedule","expression"] 0 9 * * *',
      'error trigger.schedule-invalid six at schedule.expression | Every day at nine: set six ["schedule","expression"] 0 9 * * *',
    ],
  },
  {
    about: 'triggers of connectors',
    graph: workflow({ kind: 'trigger.connector', connector: 'carrier', trigger: 'delivered' })
      .trigger('two', { kind: 'trigger.connector', connector: 'carrier', trigger: 'lost' })
      .trigger('three', { kind: 'trigger.connector', connector: 'ship', trigger: 'sunk' })
      .delay('rest', 1)
      .graph(),
    options: known,
    says: [
      'error trigger.connector-unknown two at trigger | Use Delivered: set two ["trigger"] delivered',
      'error connector.unknown three at connector',
    ],
  },
  {
    about: 'triggers for failures',
    graph: workflow({ kind: 'trigger.failure', workflows: ['child', 'gone'] })
      .trigger('two', { kind: 'trigger.failure', workflows: ['gone'] })
      .trigger('three', { kind: 'trigger.failure', workflows: ['child'] })
      .trigger('four', { kind: 'trigger.failure', workflows: [] })
      .step('a')
      .graph(),
    options: { workflows: [{ id: 'child', name: 'Child', callable: true }] },
    says: [
      'error workflow.unknown start at workflows | Watch the others only: set start ["workflows"] ["child"]',
      'error workflow.unknown two at workflows',
    ],
  },
  {
    about: 'code',
    graph: workflow()
      .code('one', 'return {')
      .code('two', 'input.a = 1;')
      .code('three', 'return input')
      .code('four', 'const returned = 1;')
      .end('end', '{{ steps }}')
      .graph(),
    says: [
      'error code.syntax one at source',
      'hint code.no-return two at source',
      'hint code.no-return four at source',
    ],
  },
  {
    about: 'answers one after another, and in loops',
    graph: workflow({ kind: 'trigger.webhook' })
      .respond('one')
      .respond('two')
      .forEach('each', '{{ trigger.data }}', (path) => path.respond('three'))
      .graph(),
    says: ['warning respond.doubled two | Delete two: remove-node two true', 'warning respond.doubled three'],
  },
  {
    about: 'answers beside each other',
    graph: workflow()
      .parallel('p', [(path) => path.respond('one'), (path) => path.scope('box', (inner) => inner.respond('two'))])
      .graph(),
    says: ['warning respond.doubled two'],
  },
  {
    about: 'answers one for each case',
    graph: workflow()
      .branch('if', { '{{ trigger.data }}': (path) => path.respond('one'), else: (path) => path.respond('two') })
      .graph(),
    says: [],
  },
  {
    about: 'answers that are missing on one way',
    graph: workflow({ kind: 'trigger.webhook' })
      .branch('if', {
        '{{ trigger.data }}': (path) => path.scope('box', (inner) => inner.respond('one')),
        else: (path) => path.step('a').end('other'),
      })
      .graph(),
    says: ['hint respond.missing other'],
  },
  {
    about: 'answers that nobody waits for',
    graph: workflow({ kind: 'trigger.event', event: { type: 'paid' } })
      .respond('one')
      .respond('two')
      .graph(),
    says: [
      'hint respond.nobody one | Delete one: remove-node one true',
      'hint respond.nobody two | Delete two: remove-node two true',
    ],
  },
  {
    about: 'values of any type, and lists of nothing',
    graph: changed(picking({}), 'b', { input: { parcel: ['x'] } }),
    options: known,
    says: ['warning input.type-mismatch b at input.parcel', 'hint output.unused b | Delete b: remove-node b true'],
  },
  {
    about: 'an empty text and a number as text',
    graph: picking({ price: '', to: '7' }),
    options: known,
    says: ['hint output.unused b | Delete b: remove-node b true'],
  },
  {
    about: 'an undo with the wrong type',
    graph: picking({}, { undo: { ...back, input: { parcel: {} } } }),
    options: known,
    says: ['warning input.type-mismatch a at undo.input.parcel', 'hint output.unused b | Delete b: remove-node b true'],
  },
  {
    about: 'a race with a task among its waits',
    graph: workflow()
      .race('first', {
        paid: { event: 'paid', then: stay },
        ask: { outcomes: ['yes'], task: { escalation: { afterMs: 1, to: ['boss'] } }, then: stay },
      })
      .graph(),
    says: ['hint wait.uncorrelated first at arms.0.event.correlation'],
  },
  {
    about: 'bounds of scopes inside scopes',
    graph: workflow()
      .scope('box', (path) => path.delay('one', 600).scope('in', (inner) => inner.delay('two', 600)), {
        timeoutMs: 1000,
      })
      .graph(),
    says: ['warning deadline.too-short box at timeoutMs | Give it 2.4 s: set box ["timeoutMs"] 2400'],
  },
  {
    about: 'a run whose delays are too long',
    graph: workflow().settings({ deadlineMs: 1000 }).delay('one', 600).delay('two', 650).graph(),
    says: ['warning deadline.too-short at settings.deadlineMs | Give it 2.5 s: set-setting ["deadlineMs"] 2500'],
  },
  {
    about: 'one answer, and no more',
    graph: workflow().respond('one').graph(),
    says: [],
  },
  {
    about: 'answers of a run that events start',
    graph: workflow({ kind: 'trigger.event', event: { type: 'paid' } })
      .step('a')
      .graph(),
    says: [],
  },
];

describe('what is said about connectors, inputs, waits, triggers and answers', () => {
  it.each(CASES)('$about', ({ graph, options, says }) => {
    expect(said(graph, options)).toEqual(says);
  });
});
