/** A place inside this app, or the start page: a login must not be made to lead away (`//evil.example`, `https:…`). */
export function safeDestination(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next)) return '/workflows';
  const url = new URL(next, 'https://app.invalid');
  if (url.origin !== 'https://app.invalid' || url.pathname === '/sign-in') return '/workflows';
  return url.pathname + url.search;
}
