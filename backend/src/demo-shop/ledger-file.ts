/** The demo shop's memory: one JSON line per call, only ever appended to. A last line cut short by a crash is dropped. */
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { StoredRow } from './shop.js';

export interface LedgerFile {
  readonly rows: readonly StoredRow[];
  append(row: StoredRow): void;
  /** Writes what has not been written yet. */
  flush(): void;
  close(): void;
}

export function openLedgerFile(file: string): LedgerFile {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const handle = openSync(file, 'a+');
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  const rows = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StoredRow);

  let pending: string[] = [];
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    if (pending.length === 0) return;
    const lines = pending.join('');
    pending = [];
    writeSync(handle, lines);
  };
  return {
    rows,
    append: (row) => {
      pending.push(`${JSON.stringify(row)}\n`);
      // Calls of one turn of the event loop share a write.
      if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
    },
    flush,
    close: () => {
      flush();
      closeSync(handle);
    },
  };
}
