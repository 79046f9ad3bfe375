/**
 * Every figure that this product shows to Prometheus: one table of names, help texts and labels. Rooms feed them through
 * `metrics` without knowing the library behind it; docs/metrics.md, the alert rules and the dashboard are checked against it.
 *
 * 1. Base units (seconds, bytes), `_total` for counters.
 * 2. A label takes one of the values listed here, or, where `text` stands, one of the first hundred that came; what comes
 *    later counts as `other`. Never the id of a tenant, a workflow, a run or an event, nor a name that an author chose.
 */

/** A label whose values are known by the code that feeds it and not listed here, such as the names of routes. */
const text = null;

export type LabelValues = readonly string[] | typeof text;
export type MetricLabels = Readonly<Record<string, LabelValues>>;

export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: MetricLabels;
  /** Upper bounds, of histograms only. */
  readonly buckets?: readonly number[];
}

const counter = <const L extends MetricLabels>(name: string, help: string, labels: L) =>
  ({ kind: 'counter', name, help, labels }) as const;
const gauge = <const L extends MetricLabels>(name: string, help: string, labels: L) =>
  ({ kind: 'gauge', name, help, labels }) as const;
const histogram = <const L extends MetricLabels>(name: string, help: string, buckets: readonly number[], labels: L) =>
  ({ kind: 'histogram', name, help, labels, buckets }) as const;

const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const RUN_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 86_400, 604_800];
const COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export const METRIC_TABLE = {
  // The doors.
  httpRequests: histogram(
    'wf_http_request_duration_seconds',
    'Requests to the backend by route and status: how many, how many failed, how long.',
    REQUEST_SECONDS,
    { route: text, method: text, code: text },
  ),
  eventsIngested: counter('wf_events_ingested_total', 'Events at the doors, by what became of them.', {
    source: ['webhook', 'api', 'start', 'workflow', 'bridge', 'other'],
    mode: ['structured', 'binary', 'batched', 'json', 'form', 'raw'],
    result: ['accepted', 'duplicate', 'refused', 'busy', 'failed'],
  }),
  dedupHits: counter('wf_dedup_hits_total', 'Events that had been accepted before and started nothing again.', {
    source: ['webhook', 'api', 'start', 'workflow', 'bridge', 'other'],
  }),
  webhookVerifications: counter('wf_webhook_verifications_total', 'Deliveries whose proof was looked at.', {
    provider: text,
    result: ['accepted', 'refused', 'answered'],
    reason: text,
  }),
  groupCommitSize: histogram('wf_group_commit_size', 'Requests or runs that shared one commit.', COUNTS, {
    door: ['ingest', 'journal'],
  }),
  groupCommitSeconds: histogram('wf_group_commit_duration_seconds', 'How long a shared commit took.', REQUEST_SECONDS, {
    door: ['ingest', 'journal'],
  }),
  liveStreams: gauge('wf_live_streams', 'Open event streams of this process.', { stream: ['run', 'runs', 'tail'] }),

  // The event layer.
  schemaViolations: counter('wf_schema_violations_total', 'Events that did not fit the schema of their type.', {
    where: ['ingest', 'emit', 'replay', 'publish'],
    result: ['dead-letter', 'refused', 'let-through'],
  }),
  upcasts: counter('wf_event_upcasts_total', 'Events brought to another version of their schema.', {
    result: ['done', 'failed'],
  }),
  filterSeconds: histogram(
    'wf_filter_match_duration_seconds',
    'How long it took to find the live triggers of one event.',
    [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.25],
    {},
  ),
  filterMatches: counter('wf_filter_matches_total', 'Live triggers that an event matched.', {}),
  filterExhausted: counter(
    'wf_filter_exhausted_total',
    'Events that had too much to compare: they may have matched more triggers than they started.',
    {},
  ),
  deadLetters: counter('wf_dead_letters_total', 'What was put aside as a dead letter, by reason.', { reason: text }),
  deadLetterRedrives: counter('wf_dead_letter_redrives_total', 'Dead letters sent again.', {
    result: ['done', 'failed'],
  }),
  deadLettersExpired: counter(
    'wf_dead_letters_expired_total',
    'Open dead letters given up because their time was over; held: the event stays held for as long as it is kept.',
    { reason: text, held: ['yes', 'no'] },
  ),
  deadLetterDepth: gauge('wf_dlq_depth', 'Dead letters that wait for somebody, in the whole installation.', {}),
  partitionsBlocked: gauge('wf_partitions_blocked', 'Partition keys whose events wait for an earlier one.', {}),
  partitionBlockedSeconds: gauge(
    'wf_partition_blocked_seconds',
    'How long the partition key that is blocked longest has been so.',
    {},
  ),
  partitionUnblocks: counter('wf_partition_unblocks_total', 'Blocked partition keys that went on.', {
    how: ['solved', 'skipped', 'resumed'],
  }),
  replayedEvents: counter('wf_replay_events_total', 'Events that a replay went through.', {
    mode: ['live', 'dry-run'],
    result: ['started', 'skipped', 'failed'],
  }),
  replaysActive: gauge('wf_replays_active', 'Replays that are not over.', {}),
  replayProgress: gauge('wf_replay_progress_ratio', 'How far the replay that is least far has come, 0 to 1.', {}),
  retentionDeletions: counter(
    'wf_retention_deletions_total',
    'Rows or partitions deleted because their time was over.',
    {
      what: ['event', 'partition', 'run', 'payload', 'dead-letter', 'other'],
    },
  ),
  retentionSeconds: histogram(
    'wf_retention_duration_seconds',
    'How long one round of deleting took.',
    REQUEST_SECONDS,
    {},
  ),
  emittedEvents: counter('wf_events_emitted_total', 'Events that workflows emitted.', {
    result: ['accepted', 'duplicate', 'loop-stopped', 'refused'],
  }),
  webhookDeliveries: counter('wf_webhook_deliveries_total', 'Attempts to deliver an outbound webhook.', {
    result: ['delivered', 'retry', 'gone', 'given-up', 'breaker-open'],
  }),
  webhookDeliverySeconds: histogram(
    'wf_webhook_delivery_duration_seconds',
    'How long the receivers of outbound webhooks took to answer.',
    REQUEST_SECONDS,
    {},
  ),
  webhookEndpointsDisabled: counter('wf_webhook_endpoints_disabled_total', 'Outbound webhooks switched off by us.', {
    reason: ['gone', 'failing'],
  }),

  // The engine.
  runsEnded: histogram(
    'wf_run_duration_seconds',
    'Runs that ended: how many, how, and how long they took.',
    RUN_SECONDS,
    {
      status: ['completed', 'failed', 'compensated', 'cancelled', 'terminated'],
    },
  ),
  runsClaimed: counter('wf_runs_claimed_total', 'Runs that a worker took up, new ones and woken ones.', {}),
  runsOwned: gauge('wf_runs_owned', 'Runs that this worker has in hand.', {}),
  runSlots: gauge('wf_run_slots', 'Runs that this worker may have in hand.', {}),
  stepAttempts: counter('wf_step_attempts_total', 'Attempts of steps by kind of step and result.', {
    kind: text,
    result: ['succeeded', 'failed', 'unknown'],
  }),
  compensations: counter('wf_compensations_total', 'Attempts to undo a step, by result.', {
    result: ['succeeded', 'failed', 'unknown'],
  }),
  attemptSeconds: histogram('wf_step_attempt_duration_seconds', 'How long attempts took.', REQUEST_SECONDS, {
    kind: text,
    direction: ['forward', 'undo'],
  }),
  incidents: counter('wf_incidents_total', 'Runs that stopped in front of a person.', {}),
  fenced: counter('wf_runs_fenced_total', 'Runs lost to another worker because the lease was over.', {}),

  // The way out.
  outboundRequests: counter('wf_outbound_requests_total', 'Calls by the egress door, by what came back.', {
    host_class: ['public', 'allowed', 'none'],
    code: text,
  }),
  outboundSeconds: histogram(
    'wf_outbound_request_duration_seconds',
    'How long calls by the egress door took.',
    REQUEST_SECONDS,
    { host_class: ['public', 'allowed', 'none'] },
  ),
  egressBlocked: counter('wf_egress_blocked_total', 'Calls that the egress door refused.', { reason: text }),

  // The backlog, as the database shows it: the same from every process, so take the maximum, not the sum.
  queueDepth: gauge('wf_queue_depth', 'Runs by what they wait for; as PostgreSQL shows it.', {
    queue: ['runs'],
    state: ['due', 'owned', 'timer', 'paused'],
  }),
  queueOldestAge: gauge('wf_queue_oldest_age_seconds', 'How long the due run that waits longest has been due.', {
    queue: ['runs'],
  }),
  openIncidents: gauge('wf_incidents_open', 'Incidents that nobody has resolved.', {}),
  workers: gauge('wf_workers', 'Workers whose lease is good.', {}),
  backlogAge: gauge('wf_backlog_sample_age_seconds', 'How old the figures from PostgreSQL are.', {}),

  // The process.
  eventLoopLag: gauge('wf_event_loop_lag_seconds', 'How late timers of this process were since the last look.', {
    quantile: ['0.5', '0.99', '1'],
  }),
  poolConnections: gauge('wf_database_pool_connections', 'Connections of the database pool of this process.', {
    state: ['busy', 'idle', 'most'],
  }),
  poolWaiting: gauge('wf_database_pool_waiting', 'Queries of this process that wait for a connection.', {}),
  processInfo: gauge('wf_process_info', 'Always 1; says what runs here.', { room: text, version: text }),
} as const satisfies Record<string, MetricDefinition>;

export type MetricTable = typeof METRIC_TABLE;
