/** A trigger's panel (E66): its URL, who may call it, a command that calls it, and the sample that feeds the data picker. */
import { setField } from '@sagawright/shared/graph';
import type { NodeOf } from '@sagawright/shared/graph';
import { useQuery } from '@tanstack/react-query';
import { Eye, Play, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { client, useAction, workflowQuery } from '../api/index.js';
import { AlertDialog, Button, CodeBlock, CopyButton, Field, Select } from '../ui/index.js';
import { signedCurl } from './curl.js';
import { useEditor, useEditorStore } from './editor-store.js';
import { JsonField } from './JsonField.js';

export function TriggerFields({
  node,
  workflowId,
}: {
  readonly node: NodeOf<'trigger.webhook' | 'trigger.manual'>;
  readonly workflowId: string;
}): ReactElement {
  const store = useEditorStore();
  const graph = useEditor((state) => state.graph);
  return (
    <>
      {node.kind === 'trigger.webhook' ? (
        <WebhookFields node={node} workflowId={workflowId} />
      ) : (
        <Button
          variant="primary"
          onClick={() => {
            store.setState({ dialog: { kind: 'run' } });
          }}
        >
          <Play size={14} aria-hidden="true" /> Run now…
        </Button>
      )}
      <JsonField
        label="Sample data"
        help="An example of what comes in: feeds autocomplete, test runs and the command above. Read it as trigger.data."
        value={node.sample}
        onLeave={() => {
          store.getState().seal();
        }}
        onChange={(value) => store.getState().apply(setField(graph, node.id, ['sample'], value))}
      />
    </>
  );
}

function WebhookFields({
  node,
  workflowId,
}: {
  readonly node: NodeOf<'trigger.webhook'>;
  readonly workflowId: string;
}): ReactElement {
  const store = useEditorStore();
  const graph = useEditor((state) => state.graph);
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
  const shown = node.scheme === 'none' ? '' : secret;
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
      <Field
        label="Signature"
        help={
          node.scheme === 'none'
            ? 'Anyone who knows the URL can start runs.'
            : 'Requests without a valid signature are refused.'
        }
      >
        <Select
          value={node.scheme}
          options={[
            { value: 'standard-webhooks', label: 'Standard Webhooks' },
            { value: 'github', label: 'GitHub' },
            { value: 'none', label: 'None (not safe)' },
          ]}
          onChange={(scheme) => store.getState().apply(setField(graph, node.id, ['scheme'], scheme))}
        />
      </Field>
      {url !== null && node.scheme !== 'none' && (
        <div className="flex flex-col gap-2">
          <span className="text-12 font-medium">Signing secret</span>
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
        (shown === null ? (
          <p className="text-12 text-muted">Show the secret to get a ready command that signs and sends the sample.</p>
        ) : (
          <div className="flex flex-col gap-1">
            <span className="text-12 font-medium">Fire it from a terminal</span>
            <CodeBlock label="the cURL command" code={signedCurl(node.scheme, url, shown, node.sample ?? {})} />
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
