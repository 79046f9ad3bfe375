import { Initial1700000000001 } from './0001-initial.js';
import { CompleteSaga1700000000002 } from './0002-complete-saga.js';
import { Backlog1700000000003 } from './0003-backlog.js';
import { WorkflowPriority1700000000004 } from './0004-workflow-priority.js';
import { EgressRate1700000000005 } from './0005-egress-rate.js';
import { EventSearch1700000000006 } from './0006-event-search.js';
import { RunPlace1700000000007 } from './0007-run-place.js';
import { AuthorOrder1700000000008 } from './0008-author-order.js';
import { Partitions1700000000009 } from './0009-partitions.js';
import { Retention1700000000011 } from './0011-retention.js';
import { EventSchemas1700000000012 } from './0012-event-schemas.js';
import { Payload1700000000010 } from './0010-payload.js';
import { TriggerGeneration1700000000014 } from './0014-trigger-generation.js';
import { Lanes1700000000015 } from './0015-lanes.js';
import { Replay1700000000016 } from './0016-replay.js';
import { EventCause1700000000018 } from './0018-event-cause.js';
import { Outbound1700000000019 } from './0019-outbound.js';
import { DeadLetterDays1700000000020 } from './0020-dead-letter-days.js';
import { PastRuns1700000000021 } from './0021-past-runs.js';
import { RunKeys1700000000022 } from './0022-run-keys.js';
import { CastsForWaits1700000000024 } from './0024-casts-for-waits.js';
import { GuardedWorker1700000000025 } from './0025-guarded-worker.js';
import { PlansKept1700000000026 } from './0026-plans-kept.js';

/** Every migration in order. A new one is a new file and a new line here; published ones never change. */
export const migrations = [
  Initial1700000000001,
  CompleteSaga1700000000002,
  Backlog1700000000003,
  WorkflowPriority1700000000004,
  EgressRate1700000000005,
  EventSearch1700000000006,
  RunPlace1700000000007,
  AuthorOrder1700000000008,
  Partitions1700000000009,
  Payload1700000000010,
  Retention1700000000011,
  EventSchemas1700000000012,
  TriggerGeneration1700000000014,
  Lanes1700000000015,
  Replay1700000000016,
  EventCause1700000000018,
  Outbound1700000000019,
  DeadLetterDays1700000000020,
  PastRuns1700000000021,
  RunKeys1700000000022,
  CastsForWaits1700000000024,
  GuardedWorker1700000000025,
  PlansKept1700000000026,
] as const;
