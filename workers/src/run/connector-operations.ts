import { connectors } from '@sagawright/shared/connector';
import { failure } from '@sagawright/shared/kernel';
import type { AttemptResult } from '@sagawright/shared/saga';
import { callOperation, createEgress } from '@sagawright/shared/server';
import type { Environment } from '@sagawright/shared/server';
import { noFailpoints } from '../failpoint.js';
import type { Failpoints } from '../failpoint.js';
import type { AwaitRate } from './call-rates.js';
import type { Operate } from './operation.js';

/** How long after its timeout an answer is still listened for (S22). */
const LATE_MS = 10_000;
/** So many calls at most are listened to after their timeouts; further ones are hung up. */
const MOST_OVERDUE = 200;

/** The operations of the connectors that come with the product, called through the one egress door. */
export function connectorOperations(
  environment: Pick<Environment, 'egressAllow' | 'demoShopUrl'>,
  failpoint: Failpoints = noFailpoints,
  awaitRate: AwaitRate = () => Promise.resolve(),
): {
  readonly operate: Operate;
  close(): Promise<void>;
} {
  const egress = createEgress({ allow: environment.egressAllow });
  const settings = { DEMO_SHOP_URL: environment.demoShopUrl };
  let overdue = 0;
  return {
    operate: ({ connector, operation, input, idempotencyKey, timeoutMs, effect }, signal, late) => {
      const manifest = connectors[connector];
      const described = manifest?.operations[operation];
      if (manifest === undefined || described === undefined) return Promise.resolve(absent(connector, operation));
      return answeredInTime(timeoutMs, signal, late, {
        call: (hangUp, onSent) =>
          callOperation(manifest, described, input, {
            egress,
            idempotencyKey,
            timeoutMs: Math.ceil(timeoutMs) + LATE_MS,
            settings,
            signal: hangUp,
            effect,
            awaitRate: (destination) => awaitRate(destination, hangUp, timeoutMs),
            onSent: () => {
              onSent();
              failpoint('in-effect');
            },
          }),
        mayListenOn: () => overdue < MOST_OVERDUE,
        overdue: (by) => (overdue += by),
      });
    },
    close: () => egress.close(),
  };
}

interface Line {
  call(hangUp: AbortSignal, onSent: () => void): Promise<AttemptResult>;
  mayListenOn(): boolean;
  overdue(by: 1 | -1): void;
}

/** What is not even sent by the timeout is hung up, which proves that nothing happened; else the answer may come late. */
async function answeredInTime(
  timeoutMs: number,
  signal: AbortSignal,
  late: (result: AttemptResult) => void,
  line: Line,
): Promise<AttemptResult> {
  const hangUp = new AbortController();
  const hangUpToo = (): void => hangUp.abort();
  signal.addEventListener('abort', hangUpToo);
  if (signal.aborted) hangUp.abort();
  let sent = false;
  const answer = line
    .call(hangUp.signal, () => (sent = true))
    .finally(() => signal.removeEventListener('abort', hangUpToo));
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => (timer = setTimeout(() => resolve('timeout'), timeoutMs)));
  const first = await Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
  if (first !== 'timeout') return first;
  if (!sent || !line.mayListenOn()) {
    hangUp.abort();
    return await answer;
  }
  line.overdue(1);
  answer.then(late, () => undefined).finally(() => line.overdue(-1));
  return { kind: 'unknown', failure: failure('operational', 'egress.timeout', 'The service did not answer in time.') };
}

function absent(connector: string, operation: string): AttemptResult {
  const message = `There is no operation "${operation}" of connector "${connector}" here; install it, or change the step.`;
  return { kind: 'failed', failure: failure('user', 'operation.absent', message) };
}
