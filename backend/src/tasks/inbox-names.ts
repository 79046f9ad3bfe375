import type { Caller } from '../auth/caller.js';

/**
 * What tasks may call this caller by, in lower case: a person's id, e-mail address and role (a role stands for everybody who has
 * it), or an API key's id.
 */
export function inboxNames({ actor, session }: Pick<Caller, 'actor' | 'session'>): string[] {
  const names = session === null ? [actor.id] : [actor.id, session.account.email, session.account.role];
  return names.map((name) => name.toLowerCase());
}

/** Whether the caller may answer a task, or give it to others: whoever is asked, anybody when nobody is named, and administrators. */
export function mayComplete(caller: Caller, assignees: readonly string[]): boolean {
  if (!caller.scopes.has('runs:write')) return false;
  if (assignees.length === 0 || caller.scopes.has('admin')) return true;
  const names = new Set(inboxNames(caller));
  return assignees.some((assignee) => names.has(assignee.toLowerCase()));
}
