/** How a trigger is reached (E66): its URL, its signing secret, a command that calls it, or a button. */
import { WEBHOOK_PROVIDERS } from '@sagawright/shared/event';
import type { NodeOf } from '@sagawright/shared/graph';
import { useQuery } from '@tanstack/react-query';
import { Eye, Play, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, useAction, workflowQuery } from '../../api/index.js';
import { AlertDialog, Button, CodeBlock, CopyButton } from '../../ui/index.js';
import { signedCurl } from '../curl.js';
import { useEditorStore } from '../editor-store.js';
import { ProviderSecret } from './ProviderSecret.js';
import { useStepForm } from './step-form.js';

/** What stands above the fields of a trigger: how to call it, or a button that starts it. */
export function TriggerHead(): ReactElement | null {
  const { node, workflowId } = useStepForm();
  const store = useEditorStore();
  if (node.kind === 'trigger.webhook') return <WebhookDoor node={node} workflowId={workflowId} />;
  if (node.kind !== 'trigger.manual') return null;
  return (
    <Button
      variant="primary"
      onClick={() => {
        store.setState({ dialog: { kind: 'run' } });
      }}
    >
      <Play size={14} aria-hidden="true" /> Run now…
    </Button>
  );
}

function WebhookDoor({
  node,
  workflowId,
}: {
  readonly node: NodeOf<'trigger.webhook'>;
  readonly workflowId: string;
}): ReactElement {
  const { data: workflow } = useQuery(workflowQuery(workflowId));
  const trigger = workflow?.triggers.find((each) => each.nodeId === node.id);
  const [secret, setSecret] = useState<string | null>(null);
  const [rotating, setRotating] = useState(false);
  const params = { id: workflowId, nodeId: node.id };
  const reveal = useAction({
    run: () => client.revealTriggerSecret({ params }),
    onDone: (answer) => {
      setSecret(answer.secret);
    },
  });
  const rotate = useAction({
    run: () => client.rotateTriggerSecret({ params }),
    onDone: (answer) => {
      setSecret(answer.secret);
    },
  });
  const url = trigger?.url ?? null;
  const { madeBy, help } = WEBHOOK_PROVIDERS[node.scheme].secret;
  const shown = madeBy === 'nobody' ? '' : secret;
  const command = url === null || shown === null ? null : signedCurl(node.scheme, url, shown, node.sample ?? {});
  return (
    <>
      {url === null ? (
        <p className="rounded-card bg-canvas px-3 py-2 text-13 text-muted">
          Publish the workflow to get this trigger’s URL and signing secret.
        </p>
      ) : (
        <div className="flex flex-col gap-1">
          <span className="text-12 font-medium">URL</span>
          <p className="flex items-center gap-1 rounded-card border border-border bg-canvas py-1 pr-1 pl-3">
            <code data-webhook-url className="min-w-0 flex-1 text-12 break-all">
              {url}
            </code>
            <CopyButton value={url} label="Copy the URL" />
          </p>
          <span className="text-12 text-muted">
            {trigger?.live === true
              ? 'Live. Stays the same over publishes.'
              : 'Takes requests once the workflow is published.'}
          </span>
        </div>
      )}
      {madeBy === 'nobody' && (
        <p className="problem-box problem-box-warning">Anyone who knows the URL can start runs.</p>
      )}
      {url !== null && madeBy === 'provider' && (
        <ProviderSecret key={node.scheme} scheme={node.scheme} workflowId={workflowId} nodeId={node.id} />
      )}
      {url !== null && madeBy === 'us' && (
        <div className="flex flex-col gap-2">
          <span className="text-12 font-medium">Signing secret</span>
          <span className="text-12 text-muted">{help}</span>
          {secret !== null && (
            <p className="flex items-center gap-1 rounded-card border border-border bg-canvas py-1 pr-1 pl-3">
              <code data-webhook-secret className="min-w-0 flex-1 text-12 break-all">
                {secret}
              </code>
              <CopyButton value={secret} label="Copy the secret" />
            </p>
          )}
          <div className="flex gap-2">
            {secret === null && (
              <Button
                size="compact"
                busy={reveal.isPending}
                onClick={() => {
                  reveal.mutate(undefined);
                }}
              >
                <Eye size={13} aria-hidden="true" /> Show the secret
              </Button>
            )}
            <Button
              size="compact"
              variant="ghost"
              onClick={() => {
                setRotating(true);
              }}
            >
              <RotateCw size={13} aria-hidden="true" /> Rotate…
            </Button>
          </div>
        </div>
      )}
      {url !== null &&
        madeBy !== 'provider' &&
        (shown === null ? (
          <p className="text-12 text-muted">Show the secret to get a ready command that signs and sends the sample.</p>
        ) : command === null ? (
          <p className="text-12 text-muted">Only the provider signs like this: send a test delivery from there.</p>
        ) : (
          <div className="flex flex-col gap-1">
            <span className="text-12 font-medium">Fire it from a terminal</span>
            <CodeBlock label="the cURL command" code={command} />
          </div>
        ))}
      <AlertDialog
        open={rotating}
        onOpenChange={setRotating}
        title="Rotate the signing secret?"
        description="Senders need the new secret. The old one is accepted for 24 hours more."
        confirm="Rotate"
        onConfirm={async () => {
          await rotate.mutateAsync(undefined);
        }}
      />
    </>
  );
}
