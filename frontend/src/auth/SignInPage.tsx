import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { Me } from '@sagawright/shared/contracts';
import { client, keys, problemOf, rememberLogin } from '../api/index.js';
import { useTitle } from '../app/Page.js';
import { Logo } from '../app/Logo.js';
import { Button, Field, Input, Spinner } from '../ui/index.js';
import { redeemOnce } from './redeem.js';
import { safeDestination } from './destination.js';

export interface SignInPageProps {
  /** One-time token of a sign-in link. */
  readonly token?: string | undefined;
  /** Where the person wanted to go. */
  readonly next?: string | undefined;
}

export function SignInPage({ token, next }: SignInPageProps): ReactElement {
  useTitle('Sign in');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [failed, setFailed] = useState<string | null>(null);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (token === undefined) return;
    let gone = false;
    redeemOnce(token).then(
      (me) => {
        if (!gone) enter(me);
      },
      (error: unknown) => {
        if (gone) return;
        setFailed(problemOf(error).detail);
        void navigate({ to: '/sign-in', search: { next }, replace: true });
      },
    );
    return () => {
      gone = true;
    };
    // The token alone decides; `enter` only carries on from there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [token]);

  function enter(me: Me): void {
    queries.clear();
    queries.setQueryData(keys.me, rememberLogin(me));
    void navigate({ href: safeDestination(next), replace: true });
  }

  async function submit(): Promise<void> {
    setBusy(true);
    setFailed(null);
    try {
      enter(await client.login({ body: { email: email.trim(), password } }));
    } catch (error) {
      setFailed(problemOf(error).detail);
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="flex min-h-dvh flex-col items-center justify-center bg-canvas px-4 py-12">
      <div className="w-full max-w-[360px]">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <Logo size={44} />
          <div>
            <h1 className="text-20 font-semibold">Sign in to Sagawright</h1>
            <p className="mt-1 text-13 text-muted">Draw sagas, run them durably, watch them undo.</p>
          </div>
        </div>
        {token !== undefined && failed === null ? (
          <p role="status" className="flex items-center justify-center gap-2 text-13 text-muted">
            <Spinner /> Signing you in by the link…
          </p>
        ) : (
          <form
            className="flex flex-col gap-3 rounded-dialog border border-border bg-surface p-5"
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            {failed !== null && (
              <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
                {failed}
              </p>
            )}
            <Field label="E-mail" required>
              <Input
                type="email"
                name="email"
                autoComplete="username"
                required
                autoFocus
                value={email}
                onChange={(event) => {
                  setEmail(event.target.value);
                }}
              />
            </Field>
            <Field label="Password" required>
              <Input
                type="password"
                name="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => {
                  setPassword(event.target.value);
                }}
              />
            </Field>
            <Button type="submit" variant="primary" busy={busy} className="mt-1 w-full">
              Sign in
            </Button>
          </form>
        )}
        <p className="mt-4 text-center text-12 text-muted">
          First time here? The terminal in which Sagawright was started shows a one-time sign-in link.
        </p>
      </div>
    </main>
  );
}
