/**
 * Program: the participant of the storm, a stranger that honours idempotency keys, has moods, and writes down every call.
 *
 * Promises: 1. a key is applied once; 2. undoing what never happened is accepted; what comes after its undo is refused, so that
 * nothing stays behind (S14); 3. a call is in the ledger before its answer is on its way; 4. a callback is sent until it is
 * taken. Settings: PARTICIPANT_PORT, PARTICIPANT_LEDGER, CALLBACK_URL, CALLBACK_KEY.
 */
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Behaviour, Callbacks, LedgerRow } from './participant-contract.js';

const HUGE_BYTES = 50 * 1024 * 1024;
const LATE_MS = 2500;

const file = openSync(process.env['PARTICIPANT_LEDGER'] ?? '', 'a');
const standing = new Set<string>();
const everDone = new Set<string>();
const undoneEarly = new Set<string>();
const broken = new Set<string>();
const knownKeys = new Set<string>();
let moods: Behaviour[] = [];
let callbacks: Callbacks = { callback: 'after', times: 0 };

const server = createServer((request, response) => {
  void answer(request, response).catch(() => response.destroy());
});
server.listen(Number(process.env['PARTICIPANT_PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  switch (request.url) {
    case '/':
      return send(response, 200, { standing: standing.size, broken: [...broken] });
    case '/behaviour':
      moods.push(body as Behaviour);
      return send(response, 200, {});
    case '/calm':
      moods = [];
      callbacks = { callback: 'after', times: 0 };
      return send(response, 200, {});
    case '/callback':
      callbacks = body as Callbacks;
      return send(response, 200, {});
    case '/heal':
      broken.delete(textOf(body, 'effect'));
      return send(response, 200, {});
    case '/by-hand':
      broken.delete(textOf(body, 'effect'));
      undo(textOf(body, 'effect'), '');
      return send(response, 200, {});
    case '/do':
    case '/undo':
      return await perform(request.url === '/do' ? 'do' : 'undo', request, body, response);
    default:
      return send(response, 404, {});
  }
}

async function perform(
  operation: 'do' | 'undo',
  request: IncomingMessage,
  body: unknown,
  response: ServerResponse,
): Promise<void> {
  const effect = textOf(body, 'effect');
  const key = String(request.headers['idempotency-key'] ?? '');
  const mood = moodFor(operation);
  const note = (result: LedgerRow['result']): void => record({ operation, effect, key, result });

  if (operation === 'undo' && mood?.mode === 'break') broken.add(effect);
  const isBroken = operation === 'undo' && broken.has(effect);
  if (mood?.mode === 'fail') {
    note('failed');
    return send(response, 503, { code: 'participant.away', message: 'Not now.' });
  }
  if (!knownKeys.has(`${operation} ${key}`) && (isBroken || mood?.mode === 'refuse')) {
    note('refused');
    return send(response, 422, { code: `${operation}.refused`, message: 'No.' });
  }
  if (operation === 'do' && undoneEarly.has(effect)) {
    note('late');
    return send(response, 410, { code: 'do.late', message: 'This was undone before it came.' });
  }
  const isNew = operation === 'do' ? doIt(effect, key) : undo(effect, key);
  if (operation === 'do' && isNew && textOf(body, 'calls') === 'back') await callBack(effect);
  await reply(response, mood, { effect, reference: `${operation}-${effect}` });
}

function doIt(effect: string, key: string): boolean {
  const isNew = !knownKeys.has(`do ${key}`);
  record({ operation: 'do', effect, key, result: isNew ? 'applied' : 'replayed' });
  if (!isNew) return false;
  knownKeys.add(`do ${key}`);
  everDone.add(effect);
  standing.add(effect);
  return true;
}

function undo(effect: string, key: string): boolean {
  const isNew = key === '' || !knownKeys.has(`undo ${key}`);
  record({ operation: 'undo', effect, key, result: isNew ? 'applied' : 'replayed' });
  if (!isNew) return false;
  if (key !== '') knownKeys.add(`undo ${key}`);
  if (!everDone.has(effect)) undoneEarly.add(effect);
  standing.delete(effect);
  return true;
}

async function reply(response: ServerResponse, mood: Behaviour | null, body: object): Promise<void> {
  switch (mood?.mode) {
    case 'slow':
      await delay(mood.delayMs);
      return send(response, 200, body);
    case 'error-after':
      return send(response, 500, { code: 'participant.broke', message: 'Something broke.' });
    case 'lose':
      response.destroy();
      return;
    case 'huge':
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': HUGE_BYTES });
      response.end(Buffer.alloc(HUGE_BYTES, 'x'));
      return;
    case 'empty':
      response.writeHead(200, { 'content-length': 0 });
      response.end();
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"effect": "' + '\u0000' + '", ]');
      return;
    default:
      return send(response, 200, body);
  }
}

/** Callbacks go out at their own pace, except those that have to be there before the answer. */
async function callBack(effect: string): Promise<void> {
  const how = callbacks.times > 0 ? callbacks.callback : 'after';
  callbacks = { ...callbacks, times: Math.max(0, callbacks.times - 1) };
  const once = (id: string): Promise<void> =>
    tell({ id, source: 'urn:chaos:participant', type: 'chaos.confirmed', subject: effect, data: { effect } });
  switch (how) {
    case 'early':
      return await Promise.race([once(effect), delay(1000)]);
    case 'late':
      void delay(LATE_MS).then(() => once(effect));
      return;
    case 'duplicate':
      void Promise.all([once(effect), once(effect)]).then(() => once(`${effect} again`));
      return;
    default:
      void delay(20).then(() => once(effect));
  }
}

async function tell(event: object): Promise<void> {
  for (;;) {
    try {
      const told = await fetch(`${process.env['CALLBACK_URL'] ?? ''}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${process.env['CALLBACK_KEY'] ?? ''}`, 'content-type': 'application/json' },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(5000),
      });
      await told.body?.cancel();
      if (told.status === 202) return;
    } catch {
      // The door is away: a callback is sent until it is taken.
    }
    await delay(300);
  }
}

function moodFor(operation: 'do' | 'undo'): Behaviour | null {
  const mood = moods.find((each) => each.operation === operation);
  if (mood === undefined) return null;
  const rest = { ...mood, times: mood.times - 1 };
  moods = moods.flatMap((each) => (each !== mood ? [each] : rest.times > 0 ? [rest] : []));
  return mood;
}

function record(row: Omit<LedgerRow, 'at'>): void {
  writeSync(file, `${JSON.stringify({ at: Date.now(), ...row })}\n`);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? {} : JSON.parse(text);
}

function textOf(body: unknown, name: string): string {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : '';
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
