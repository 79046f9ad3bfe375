/** The one way from the app to the backend: the typed client, the CSRF token beside it, and the news that a login has ended. */
import { ApiError, createClient } from '@sagawright/shared/contracts';
import type { Client, Fetch, Me } from '@sagawright/shared/contracts';

let csrfToken: string | null = null;
const signedOutListeners = new Set<() => void>();

/** Keeps what unsafe requests must carry; call with every answer that is a `Me`. */
export function rememberLogin(me: Me): Me {
  csrfToken = me.csrfToken;
  return me;
}

export function forgetLogin(): void {
  csrfToken = null;
}

/** Called when a request found the login gone, so that the app can lead to the sign-in page. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => {
    signedOutListeners.delete(listener);
  };
}

export function csrfHeaders(): Record<string, string> {
  return csrfToken === null ? {} : { 'x-csrf-token': csrfToken };
}

/** Tells everybody that the login has ended, unless the answer belongs to the login itself (a wrong password is 401 too). */
export function noticeStatus(status: number, url: string): void {
  if (status !== 401 || url.includes('/auth/')) return;
  forgetLogin();
  for (const listener of signedOutListeners) listener();
}

const browserFetch: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  noticeStatus(response.status, url);
  return response;
};

export const client: Client = createClient({ baseUrl: '', fetch: browserFetch, headers: csrfHeaders });

export { ApiError };
