/** The secret that a provider of webhooks made: entered here, or handed over by the provider itself. It is never shown again. */
import { WEBHOOK_PROVIDERS } from '@sagawright/shared/event';
import type { ProviderSource } from '@sagawright/shared/event';
import type { WebhookScheme } from '@sagawright/shared/graph';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, useAction } from '../../api/index.js';
import { Button, Field, Textarea } from '../../ui/index.js';

export function ProviderSecret({
  scheme,
  workflowId,
  nodeId,
}: {
  readonly scheme: WebhookScheme;
  readonly workflowId: string;
  readonly nodeId: string;
}): ReactElement {
  const provider: ProviderSource = WEBHOOK_PROVIDERS[scheme];
  const handsOver = provider.handshakes?.some(({ reply }) => reply.kind === 'capture') ?? false;
  const [text, setText] = useState('');
  const [said, setSaid] = useState('');
  const set = useAction<string | null>({
    run: (secret) => client.setTriggerSecret({ params: { id: workflowId, nodeId }, body: { secret } }),
    onDone: (_answer, secret) => {
      setText('');
      setSaid(
        secret === null
          ? 'Waiting for the provider to send its secret.'
          : 'Set. The one before counts for 24 hours more.',
      );
    },
  });
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') set.mutate(text.trim());
      }}
    >
      <Field label={`${provider.title}: ${provider.secret.label}`} help={provider.secret.help}>
        <Textarea
          rows={2}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
      </Field>
      <div className="flex gap-2">
        <Button size="compact" type="submit" disabled={text.trim() === ''} busy={set.isPending}>
          Set the secret
        </Button>
        {handsOver && (
          <Button
            size="compact"
            variant="ghost"
            busy={set.isPending}
            onClick={() => {
              set.mutate(null);
            }}
          >
            Take it from the provider
          </Button>
        )}
      </div>
      <p aria-live="polite" className="text-12 text-muted">
        {said}
      </p>
    </form>
  );
}
