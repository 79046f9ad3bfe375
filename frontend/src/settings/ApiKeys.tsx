import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { API_SCOPES } from '@sagawright/shared/contracts';
import type { ApiKey, ApiScope } from '@sagawright/shared/contracts';
import { apiKeysQuery, client, keys, problemOf, useAction } from '../api/index.js';
import { LoadError } from '../app/Page.js';
import {
  AlertDialog,
  Badge,
  Button,
  Checkbox,
  CodeBlock,
  Dialog,
  EmptyState,
  Field,
  IconButton,
  Input,
  Panel,
  Select,
  Skeleton,
  Time,
  useNow,
} from '../ui/index.js';

const SCOPE_WORDS: Record<ApiScope, string> = {
  'workflows:read': 'See workflows and their versions',
  'workflows:write': 'Create, change, publish and archive workflows',
  'runs:read': 'See runs and their journals',
  'runs:write': 'Cancel runs and resolve incidents',
  'runs:start': 'Start runs',
  admin: 'Everything, including members and keys',
};

export function ApiKeys(): ReactElement {
  const apiKeys = useQuery(apiKeysQuery);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const revoke = useAction<string>({
    run: (id) => client.revokeApiKey({ params: { id } }),
    invalidates: [keys.apiKeys],
  });
  return (
    <Panel
      title="API keys"
      flush
      actions={
        <Button
          size="compact"
          onClick={() => {
            setCreating(true);
          }}
        >
          <Plus size={14} aria-hidden="true" />
          New key
        </Button>
      }
    >
      {apiKeys.isPending && (
        <div className="flex flex-col gap-3 p-4">
          <Skeleton />
          <Skeleton className="h-4 w-2/3" />
        </div>
      )}
      {apiKeys.isError && <LoadError error={apiKeys.error} onRetry={() => void apiKeys.refetch()} />}
      {apiKeys.data?.items.length === 0 && (
        <EmptyState compact icon={<KeyRound size={18} aria-hidden="true" />} title="No API keys">
          A key lets a program start and watch runs in your name, as far as its scopes go.
        </EmptyState>
      )}
      <ul className="divide-y divide-border">
        {apiKeys.data?.items.map((key) => (
          <li key={key.id} className="flex items-center gap-4 px-4 py-2.5">
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-2">
                <span className="font-medium">{key.name}</span>
                <code className="font-mono text-12 text-muted">{key.prefix}…</code>
                <Expiry apiKey={key} />
              </p>
              <p className="text-12 text-muted">
                {key.scopes.join(', ')} ·{' '}
                {key.lastUsedAt === null ? (
                  'never used'
                ) : (
                  <>
                    used <Time at={key.lastUsedAt} />
                  </>
                )}{' '}
                · made <Time at={key.createdAt} />
              </p>
            </div>
            <IconButton
              label={`Revoke ${key.name}`}
              onClick={() => {
                setRevoking(key);
              }}
            >
              <Trash2 size={14} aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
      {creating && (
        <CreateKey
          onClose={() => {
            setCreating(false);
          }}
        />
      )}
      <AlertDialog
        open={revoking !== null}
        onOpenChange={() => {
          setRevoking(null);
        }}
        title={`Revoke “${revoking?.name ?? ''}”?`}
        description="Programs that use this key are refused from now on. This cannot be taken back."
        confirm="Revoke"
        danger
        onConfirm={async () => {
          if (revoking !== null) await revoke.mutateAsync(revoking.id);
        }}
      />
    </Panel>
  );
}

function Expiry({ apiKey }: { readonly apiKey: ApiKey }): ReactElement | null {
  const now = useNow();
  if (apiKey.expiresAt === null) return null;
  if (Date.parse(apiKey.expiresAt) <= now) return <Badge tone="failed">Expired</Badge>;
  return (
    <span className="text-12 text-muted">
      expires <Time at={apiKey.expiresAt} />
    </span>
  );
}

function CreateKey({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly ApiScope[]>(['runs:read', 'runs:start']);
  const [days, setDays] = useState('90');
  const [sent, setSent] = useState(false);
  const create = useAction({
    run: () =>
      client.createApiKey({
        body: { name: name.trim(), scopes: [...scopes], expiresInDays: days === 'never' ? null : Number(days) },
      }),
    invalidates: [keys.apiKeys],
    toastProblem: false,
  });
  if (create.data !== undefined) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title="Copy the key now"
        description="It is shown this once; only a fingerprint is kept."
        actions={
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <CodeBlock code={create.data.secret} label="API key" wrap />
        <p className="py-3 text-12 text-muted">
          Send it as <code className="font-mono">Authorization: Bearer …</code>
        </p>
      </Dialog>
    );
  }
  const submit = (): void => {
    setSent(true);
    if (name.trim() !== '' && scopes.length > 0) create.mutate(undefined);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New API key"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={create.isPending} onClick={submit}>
            Create key
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4 pb-2"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {create.error !== null && (
          <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
            {problemOf(create.error).detail}
          </p>
        )}
        <Field
          label="Name"
          required
          help="Say who will use it: “billing service”."
          error={sent && name.trim() === '' ? 'Give the key a name.' : null}
        >
          <Input
            autoFocus
            maxLength={80}
            value={name}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </Field>
        <fieldset>
          <legend className="mb-1 text-12 font-medium">May</legend>
          <div className="flex flex-col gap-1">
            {API_SCOPES.map((scope) => (
              <Checkbox
                key={scope}
                checked={scopes.includes(scope)}
                onChange={(checked) => {
                  setScopes(checked ? [...scopes, scope] : scopes.filter((each) => each !== scope));
                }}
                label={SCOPE_WORDS[scope]}
                help={<code className="font-mono text-11">{scope}</code>}
              />
            ))}
          </div>
          {sent && scopes.length === 0 && (
            <p role="alert" className="text-12 text-failed-text">
              Choose at least one.
            </p>
          )}
        </fieldset>
        <Field label="Expires">
          <Select
            value={days}
            onChange={setDays}
            options={[
              { value: '30', label: 'In 30 days' },
              { value: '90', label: 'In 90 days' },
              { value: '365', label: 'In a year' },
              { value: 'never', label: 'Never' },
            ]}
          />
        </Field>
      </form>
    </Dialog>
  );
}
