/**
 * Payloads: large values in journal entries, stored once and referred to by the hash of what they are.
 *
 * 1. In an entry's body a reference is `{"$payload": hash, "bytes": length}`, of a list with its `count`; the row's column
 *    `payloads` names the hashes. A row that names none has none: whatever looks like a reference in it is data.
 * 2. In a row that names some, data that looks like a reference is taken out as well, so that every reference is one.
 * 3. The smallest part of a value that is large by itself is taken out, so that what steps hand on is stored once.
 * 4. Only data is taken out, never what makes up an entry: a view folds entries without any payload.
 * 5. Values put back are shared between entries and runs of the process: nobody may change them.
 */
import type { Entry } from '../../saga/index.js';
import type { Json } from '../../kernel/index.js';
import type { Queryable } from '../db/index.js';
import { sha256 } from '../ids.js';
import { PayloadCache } from './payload-cache.js';

/** A value whose JSON text is about that long or longer stands beside its entry. */
export const LARGE_BYTES = 64 * 1024;

/** Whose journal it is. */
export interface PayloadOwner {
  /** The run. */
  readonly id: string;
  readonly workspaceId: string;
}

export interface NewPayload {
  readonly hash: string;
  readonly workspaceId: string;
  /** JSON. Null = the run's journal refers to it already, so it is there and stays. */
  readonly text: string | null;
  readonly bytes: number;
}

/** What the columns of a journal row hold of an entry. */
export interface LightBody {
  readonly body: object;
  /** The same with each large value shared by all that hold it. */
  readonly shared: object;
  readonly payloads: readonly NewPayload[];
}

/** Where entries hold data; `*` = in each part of what stands there. */
const DATA: Partial<Record<Entry['type'], readonly string[]>> = {
  'run.started': ['event.data'],
  'step.started': ['input'],
  'step.succeeded': ['output', 'assigned.*', 'undoInput.value'],
  'step.unknown': ['undoInput.value'],
  'step.waiting': ['output', 'undoInput.value'],
  'step.opened': ['items', 'variables.*'],
  'incident.resolved': ['resolution.input', 'resolution.output', 'undoInput.value'],
  'run.ended': ['output'],
};

const cache = new PayloadCache();
/** What is known of values that the cache has given out: they need not be read again to know their hash. */
const known = new WeakMap<object, { readonly workspaceId: string; readonly hash: string; readonly bytes: number }>();
/** Which payloads the journals of runs refer to, as `run hash`: as far as this process has written or read them. */
const referred = new Set<string>();
const MOST_REFERRED = 50_000;

/** Call it after the commit. */
export function rememberReferences(runId: string, hashes: Iterable<string>): void {
  if (referred.size > MOST_REFERRED) referred.clear();
  for (const hash of hashes) referred.add(`${runId} ${hash}`);
}

/** Whether an entry's data holds large values that are known already, as far as a glance tells. */
export function holdsShared(type: Entry['type'], body: object): boolean {
  let found = false;
  let glances = 64;
  const glance = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || found || (glances -= 1) < 0) return;
    found = known.has(value);
    if (depth > 0 && !found) for (const key in value) glance((value as Record<string, unknown>)[key], depth - 1);
  };
  if (DATA[type] !== undefined) glance(body, 4);
  return found;
}

/** @returns null when nothing of it is large */
export function takeOutLarge(type: Entry['type'], body: object, owner: PayloadOwner): LightBody | null {
  const lighter = new Lighter(owner);
  const light = eachPart(type, body, (part) => lighter.lighten(part).value);
  if (lighter.taken.length === 0) return null;
  const values = new Map(lighter.taken.map(({ payload, value }) => [payload.hash, value]));
  const shared = eachPart(type, light, (part) => putBack(part, values));
  return {
    body: light,
    shared,
    payloads: [...new Map(lighter.taken.map((t) => [t.payload.hash, t.payload])).values()],
  };
}

class Lighter {
  taken: { readonly payload: NewPayload; readonly value: Json }[] = [];

  constructor(private readonly owner: PayloadOwner) {}

  /** The value without what is large in it, and about how long its text is then. */
  lighten(value: Json): { value: Json; length: number } {
    if (value === null || typeof value !== 'object') {
      const length = typeof value === 'string' ? value.length : 8;
      return length > LARGE_BYTES ? this.takeOut(value, 0) : { value, length };
    }
    const takenBefore = this.taken.length;
    if (isReference(value) || this.knows(value)) return this.takeOut(value, takenBefore);
    let length = 2;
    let changed = false;
    const inner = (part: Json): Json => {
      const light = this.lighten(part);
      length += light.length + 3;
      changed ||= light.value !== part;
      return light.value;
    };
    const light = Array.isArray(value)
      ? value.map(inner)
      : Object.fromEntries(
          Object.entries(value).map(([key, part]): [string, Json] => {
            length += key.length;
            return [key, inner(part)];
          }),
        );
    if (length > LARGE_BYTES) return this.takeOut(value, takenBefore);
    return { value: changed ? light : value, length };
  }

  private knows(value: Json): { readonly hash: string; readonly bytes: number } | null {
    const of = typeof value === 'object' && value !== null ? known.get(value) : undefined;
    return of?.workspaceId === this.owner.workspaceId ? of : null;
  }

  /** @param takenBefore what was taken since then is part of the value and goes with it */
  private takeOut(value: Json, takenBefore: number): { value: Json; length: number } {
    const { id, workspaceId } = this.owner;
    let of = this.knows(value);
    let text: string | null = null;
    if (typeof value === 'object') this.taken.length = takenBefore;
    if (of === null) {
      text = JSON.stringify(value);
      const hash = sha256(`${workspaceId} ${text}`).toString('hex');
      of = { hash, bytes: Buffer.byteLength(text) };
    }
    const { hash, bytes } = of;
    text = referred.has(`${id} ${hash}`) ? null : (text ?? JSON.stringify(value));
    this.taken.push({ payload: { hash, workspaceId, text, bytes }, value: keep(workspaceId, hash, value, bytes) });
    const reference = { $payload: hash, bytes };
    return { value: Array.isArray(value) ? { ...reference, count: value.length } : reference, length: 120 };
  }
}

function keep(workspaceId: string, hash: string, value: Json, bytes: number): Json {
  const kept = cache.keep(hash, value, bytes);
  if (typeof kept === 'object' && kept !== null) known.set(kept, { workspaceId, hash, bytes });
  return kept;
}

/** An entry's row, as far as payloads go. */
export interface StoredBody {
  readonly type: string;
  readonly body: object;
  readonly payloads: readonly string[] | null;
}

/** The bodies of rows with their large values in place. @returns per row its body; null = a value of it is not there */
export async function resolveBodies(sql: Queryable, rows: readonly StoredBody[]): Promise<(object | null)[]> {
  const wanted = new Set(rows.flatMap(({ payloads }) => payloads ?? []));
  if (wanted.size === 0) return rows.map(({ body }) => body);
  const values = new Map<string, Json>();
  for (const hash of wanted) {
    const known = cache.get(hash);
    if (known !== undefined) values.set(hash, known);
  }
  const missing = [...wanted].filter((hash) => !values.has(hash));
  if (missing.length > 0) {
    const { rows: found } = await sql.query<{ hash: string; body: Json; bytes: number; workspace: string }>({
      name: 'payloads-load',
      text: 'SELECT hash, body, bytes, workspace_id AS workspace FROM payload WHERE hash = ANY($1::text[])',
      values: [missing],
    });
    for (const { hash, body, bytes, workspace } of found) values.set(hash, keep(workspace, hash, body, bytes));
  }
  return rows.map(({ type, body, payloads }) => {
    if (payloads === null) return body;
    if (payloads.some((hash) => !values.has(hash))) return null;
    return eachPart(type as Entry['type'], body, (part) => putBack(part, values));
  });
}

/**
 * The body as views fold it: references stand for values, but a fold counts the items of a loop.
 */
export function foldableBody({ body, payloads }: StoredBody): object {
  if (payloads === null || !('items' in body) || Array.isArray(body.items)) return body;
  const { items } = body;
  const count = isReference(items) && 'count' in items ? Number(items.count) : 0;
  return { ...body, items: Array.from({ length: count }, () => null) };
}

/** Stores payloads beside rows that are written in the same transaction. Most commits have none. */
export const STORE_PAYLOADS = (hashes: string, workspaces: string, bodies: string): string => `
  INSERT INTO payload (hash, workspace_id, body, bytes)
  SELECT p.hash, p.workspace_id, p.body, octet_length(p.body::text)
  FROM unnest(${hashes}::text[], ${workspaces}::uuid[], ${bodies}::json[]) AS p (hash, workspace_id, body)
  ORDER BY p.hash
  ON CONFLICT (hash) DO UPDATE SET stored_at = now()`;

function isNew(payload: NewPayload): payload is NewPayload & { readonly text: string } {
  return payload.text !== null;
}

/** The values of its three parameters; each payload once. */
export function payloadValues(payloads: readonly NewPayload[]): [string[], string[], string[]] {
  const distinct = [...new Map(payloads.filter(isNew).map((payload) => [payload.hash, payload])).values()];
  return [
    distinct.map(({ hash }) => hash),
    distinct.map(({ workspaceId }) => workspaceId),
    distinct.map(({ text }) => text),
  ];
}

export async function storePayloads(sql: Queryable, payloads: readonly NewPayload[]): Promise<void> {
  if (payloads.length === 0) return;
  await sql.query({
    name: 'payloads-store',
    text: STORE_PAYLOADS('$1', '$2', '$3'),
    values: payloadValues(payloads),
  });
}

/** The JSON text of a payload that an entry of the run refers to; null = none does. */
export async function findPayload(
  sql: Queryable,
  workspaceId: string,
  runId: string,
  hash: string,
): Promise<string | null> {
  const { rows } = await sql.query<{ text: string }>(
    `SELECT p.body::text AS text FROM payload p
     WHERE p.hash = $3 AND p.workspace_id = $1
       AND EXISTS (SELECT FROM run r WHERE r.id = $2 AND r.workspace_id = $1)
       AND EXISTS (SELECT FROM journal j WHERE j.run_id = $2 AND j.payloads @> ARRAY[$3])`,
    [workspaceId, runId, hash],
  );
  return rows[0]?.text ?? null;
}

function putBack(value: Json, values: ReadonlyMap<string, Json>): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((part) => putBack(part, values));
  if (isReference(value)) return values.get(String(value['$payload'])) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, putBack(part, values)]));
}

function isReference(value: unknown): value is { readonly $payload: Json; readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$payload');
}

/** The body with each of its parts that are data exchanged. */
function eachPart(type: Entry['type'], body: object, change: (part: Json) => Json): object {
  let changed = body as Readonly<Record<string, Json>>;
  for (const place of DATA[type] ?? []) changed = changeAt(changed, place.split('.'), change);
  return changed;
}

function changeAt(
  whole: Readonly<Record<string, Json>>,
  [key = '', ...rest]: readonly string[],
  change: (part: Json) => Json,
): Readonly<Record<string, Json>> {
  if (key === '*') return Object.fromEntries(Object.entries(whole).map(([name, part]) => [name, change(part)]));
  const part = Object.hasOwn(whole, key) ? whole[key] : undefined;
  if (part === undefined) return whole;
  if (rest.length === 0) return { ...whole, [key]: change(part) };
  if (part === null || typeof part !== 'object' || Array.isArray(part)) return whole;
  return { ...whole, [key]: changeAt(part as Readonly<Record<string, Json>>, rest, change) };
}
