import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, keys, meQuery, problemOf, useAction } from '../api/index.js';
import { Button, Field, Input, useToasts } from '../ui/index.js';

/** The shortest password that the interface takes. */
const MINIMUM = 12;

export function PasswordForm(): ReactElement | null {
  const { data: me } = useQuery(meQuery);
  const toasts = useToasts();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [sent, setSent] = useState(false);
  const save = useAction({
    run: () => client.setPassword({ body: me?.user.hasPassword === true ? { current, password } : { password } }),
    invalidates: [keys.me],
    toastProblem: false,
    onDone: () => {
      setCurrent('');
      setPassword('');
      setSent(false);
      toasts.show({ tone: 'done', title: 'Password saved. Other sessions have been signed out.' });
    },
  });
  if (me === undefined) return null;
  const problem = save.error === null ? null : problemOf(save.error);
  const short = password.length < MINIMUM;
  return (
    <form
      className="flex max-w-sm flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setSent(true);
        if (!short) save.mutate(undefined);
      }}
    >
      {!me.user.hasPassword && (
        <p className="text-13 text-muted">You have no password yet. Set one to sign in without a one-time link.</p>
      )}
      <input type="text" name="username" autoComplete="username" value={me.user.email} readOnly hidden />
      {me.user.hasPassword && (
        <Field label="Current password" required error={problem?.code === 'auth.failed' ? problem.detail : null}>
          <Input
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={(event) => {
              setCurrent(event.target.value);
            }}
          />
        </Field>
      )}
      <Field
        label="New password"
        required
        help={`At least ${String(MINIMUM)} characters; a few words in a row are good.`}
        error={
          sent && short
            ? `That is ${String(password.length)} of ${String(MINIMUM)} characters.`
            : problem !== null && problem.code !== 'auth.failed'
              ? problem.detail
              : null
        }
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => {
            setPassword(event.target.value);
          }}
        />
      </Field>
      <Button type="submit" variant="primary" className="self-start" busy={save.isPending}>
        {me.user.hasPassword ? 'Change password' : 'Set password'}
      </Button>
    </form>
  );
}
