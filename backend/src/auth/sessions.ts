/** Logging in and out. Tokens are random, stored hashed, and new at every login; a session ends on the server. */
import type { Me } from '@sagawright/shared/contracts';
import {
  appendAudit,
  deleteOtherSessions,
  deleteSession,
  findAccountByEmail,
  hashPassword,
  insertSession,
  randomToken,
  redeemSignInLink,
  setPasswordHash,
  sha256,
  verifyPassword,
} from '@sagawright/shared/server';
import type { Account, Database, Session } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';
import { auditActor } from './caller.js';
import type { Caller } from './caller.js';
import { Throttle } from './throttle.js';

export const SESSION_LIFETIME_MS = 30 * 86_400_000;
export const SESSION_IDLE_MS = 7 * 86_400_000;
const MINUTES_15 = 15 * 60_000;
/** A guess costs a third of a second and 128 MiB: this many at once. */
const GUESSES_AT_ONCE = 4;

export interface Login {
  /** For the cookie; nobody sees it again. */
  readonly token: string;
  readonly me: Me;
}

export class Sessions {
  private readonly perAccount: Throttle;
  private readonly perAddress: Throttle;
  private guessing = 0;

  constructor(private readonly database: Database) {
    this.perAccount = new Throttle(database.pool, 10, MINUTES_15);
    this.perAddress = new Throttle(database.pool, 100, MINUTES_15);
  }

  /** @throws Refusal `auth.link-invalid`, `auth.throttled` */
  async redeemLink(token: string, ip: string): Promise<Login> {
    await this.assertNotThrottled([[this.perAddress, `from ${ip}`]]);
    const login = await this.database.transaction(async (sql) => {
      const account = await redeemSignInLink(sql, sha256(token));
      return account === null ? null : this.begin(sql, account, ip, 'link');
    });
    if (login !== null) return login;
    await this.perAddress.fail(`from ${ip}`);
    throw new Refusal(
      'auth.link-invalid',
      'This sign-in link is unknown, used or expired; restart the server or run sign-in-link.js for a new one.',
    );
  }

  /** Takes equally long for unknown accounts. @throws Refusal `auth.failed`, `auth.throttled` */
  async login(email: string, password: string, ip: string): Promise<Login> {
    const account = `${email.toLowerCase()} ${ip}`;
    await this.assertNotThrottled([
      [this.perAccount, account],
      [this.perAddress, `from ${ip}`],
    ]);
    const found = await findAccountByEmail(this.database.pool, email);
    const matches = await this.guess(password, found?.passwordHash ?? null);
    if (found === null || !matches) {
      await this.perAccount.fail(account);
      await this.perAddress.fail(`from ${ip}`);
      throw new Refusal('auth.failed', 'E-mail address and password do not match.');
    }
    await this.perAccount.forget(account);
    return this.database.transaction((sql) => this.begin(sql, found, ip, 'password'));
  }

  async logout(caller: Caller): Promise<void> {
    if (caller.session !== null) await deleteSession(this.database.pool, caller.session.tokenHash);
  }

  /** Sets the first password, or changes it with the current one; all other sessions end. @throws Refusal `auth.failed` */
  async setPassword(caller: Caller, change: { current?: string | undefined; password: string }): Promise<void> {
    const session = sessionOf(caller);
    const { account } = session;
    const key = `${account.id} ${caller.ip}`;
    await this.assertNotThrottled([[this.perAccount, key]]);
    if (account.passwordHash !== null && !(await this.guess(change.current ?? '', account.passwordHash))) {
      await this.perAccount.fail(key);
      throw new Refusal('auth.failed', 'The current password is not right.');
    }
    const hash = await hashPassword(change.password);
    await this.database.transaction(async (sql) => {
      await setPasswordHash(sql, caller.workspaceId, account.id, hash);
      await deleteOtherSessions(sql, account.id, session.tokenHash);
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'auth.set-password',
        subject: `user:${account.id}`,
        details: {},
      });
    });
  }

  me(caller: Caller): Me {
    const { account, csrfToken } = sessionOf(caller);
    return meOf(account, csrfToken);
  }

  private async begin(
    sql: Parameters<typeof insertSession>[0],
    account: Account,
    ip: string,
    how: 'link' | 'password',
  ): Promise<Login> {
    const token = randomToken(256);
    const csrfToken = randomToken(128);
    await insertSession(sql, {
      tokenHash: sha256(token),
      userId: account.id,
      csrfToken,
      lifetimeMs: SESSION_LIFETIME_MS,
    });
    await appendAudit(sql, account.workspaceId, {
      actor: { kind: 'user', id: account.id, name: account.name, ip },
      action: 'auth.login',
      subject: `user:${account.id}`,
      details: { how },
    });
    return { token, me: meOf(account, csrfToken) };
  }

  private async guess(password: string, stored: string | null): Promise<boolean> {
    if (this.guessing >= GUESSES_AT_ONCE)
      throw new Refusal('auth.throttled', 'Too many logins at once; try again in a moment.', { retryAfterSeconds: 1 });
    this.guessing += 1;
    try {
      return await verifyPassword(password, stored);
    } finally {
      this.guessing -= 1;
    }
  }

  private async assertNotThrottled(checks: readonly (readonly [Throttle, string])[]): Promise<void> {
    const waitMs = Math.max(...(await Promise.all(checks.map(([throttle, key]) => throttle.waitMs(key)))));
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1000);
    throw new Refusal('auth.throttled', `Too many failed attempts; try again in ${seconds} seconds.`, {
      retryAfterSeconds: seconds,
    });
  }
}

function sessionOf(caller: Caller): Session {
  if (caller.session === null) throw new Refusal('auth.forbidden', 'This needs a browser session, not an API key.');
  return caller.session;
}

function meOf(account: Account, csrfToken: string): Me {
  return {
    user: {
      id: account.id,
      email: account.email,
      name: account.name,
      role: account.role,
      hasPassword: account.passwordHash !== null,
    },
    workspace: { id: account.workspaceId, name: account.workspaceName },
    csrfToken,
  };
}
