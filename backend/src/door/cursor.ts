import { z } from 'zod';
import { Refusal } from '../refusal.js';

const schema = z.tuple([z.int().min(0).max(4e15), z.uuid()]);

/** Where a page ended: microseconds since 1970 and an id, as an opaque text. */
export function writeCursor(micros: number, id: string): string {
  return Buffer.from(JSON.stringify([micros, id])).toString('base64url');
}

/** @throws Refusal `request.invalid` */
export function readCursor(text: string | undefined): { micros: number; id: string } | null {
  if (text === undefined) return null;
  try {
    const [micros, id] = schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { micros, id };
  } catch (cause) {
    const message = 'is not a cursor of this list; leave it out to start at the first page';
    throw new Refusal(
      'request.invalid',
      `query.cursor ${message}`,
      { errors: [{ path: 'query.cursor', message }] },
      { cause },
    );
  }
}
