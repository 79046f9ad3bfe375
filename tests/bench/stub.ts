/**
 * The service that runs call: answers every POST at once (or after `delayMs` of its body), fails those whose body says so, and
 * keeps what the benchmark has to know afterwards. One instance for ours and for everything beside it.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

interface Call {
  readonly orderId?: string;
  readonly fail?: boolean;
  readonly delayMs?: number;
}

export interface StubReport {
  readonly calls: number;
  /** Calls whose idempotency key had been served before. */
  readonly repeated: number;
  /** Most calls under way at once. */
  readonly peak: number;
  /** Instant of the latest call of each order, milliseconds of the system's monotonic clock. */
  readonly last: Readonly<Record<string, number>>;
  /** How often each operation took effect, by order. */
  readonly effects: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Milliseconds of the clock that all processes of this machine share. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

class Ledger {
  calls = 0;
  repeated = 0;
  peak = 0;
  underWay = 0;
  readonly keys = new Set<string>();
  readonly last = new Map<string, number>();
  readonly effects = new Map<string, Record<string, number>>();

  report(): StubReport {
    const { calls, repeated, peak, last, effects } = this;
    return { calls, repeated, peak, last: Object.fromEntries(last), effects: Object.fromEntries(effects) };
  }
}

let ledger = new Ledger();

function serve(request: IncomingMessage, response: ServerResponse): void {
  const operation = (request.url ?? '/').slice(1);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(ledger.report()));
    return;
  }
  if (request.method === 'DELETE') {
    ledger = new Ledger();
    response.end();
    return;
  }
  const mine = ledger;
  mine.calls += 1;
  mine.underWay += 1;
  mine.peak = Math.max(mine.peak, mine.underWay);
  const at = sharedClockMs();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const call = JSON.parse(Buffer.concat(chunks).toString()) as Call;
    const answer = (): void => {
      mine.underWay -= 1;
      response.writeHead(take(mine, operation, call, request.headers['idempotency-key'], at), {
        'content-type': 'application/json',
      });
      response.end(`{"id":"${operation}-1","result":"done"}`);
    };
    if (call.delayMs === undefined) answer();
    else setTimeout(answer, call.delayMs);
  });
}

/** @returns the status of the answer */
function take(mine: Ledger, operation: string, call: Call, key: string | string[] | undefined, at: number): number {
  const order = call.orderId ?? '';
  mine.last.set(order, at);
  if (call.fail === true) return 500;
  if (typeof key === 'string') {
    if (mine.keys.has(key)) {
      mine.repeated += 1;
      return 200;
    }
    mine.keys.add(key);
  }
  const effects = mine.effects.get(order) ?? {};
  effects[operation] = (effects[operation] ?? 0) + 1;
  mine.effects.set(order, effects);
  return 200;
}

if (process.argv[2] === 'serve') {
  createServer({ keepAliveTimeout: 60_000 }, serve).listen(Number(process.argv[3]), '127.0.0.1');
}
