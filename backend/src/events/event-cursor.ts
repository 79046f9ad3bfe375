import type { EventPlace } from '@sagawright/shared/server';
import { z } from 'zod';
import { Refusal } from '../refusal.js';

const schema = z.tuple([z.int().min(0).max(4e15), z.int().min(1)]);

/** Where a page of events ended, as an opaque text. */
export function writeEventCursor({ recordedAtMicros, position }: EventPlace): string {
  return Buffer.from(JSON.stringify([recordedAtMicros, position])).toString('base64url');
}

/** @throws Refusal `request.invalid` */
export function readEventCursor(text: string | undefined): EventPlace | null {
  if (text === undefined) return null;
  try {
    const [recordedAtMicros, position] = schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { recordedAtMicros, position };
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
