/** Whether somebody who was let in before still may be in: for answers that go on for hours. */
import { apiKeyIsValid, sessionIsValid } from '@sagawright/shared/server';
import type { Database } from '@sagawright/shared/server';
import type { Caller } from './caller.js';
import { SESSION_IDLE_MS } from './sessions.js';

export class Access {
  constructor(private readonly database: Database) {}

  /** False once the session ended or the key was revoked or ran out. */
  async stillHolds(caller: Pick<Caller, 'actor' | 'session'>): Promise<boolean> {
    const { pool } = this.database;
    return caller.session === null
      ? apiKeyIsValid(pool, caller.actor.id)
      : sessionIsValid(pool, caller.session.tokenHash, SESSION_IDLE_MS);
  }
}
