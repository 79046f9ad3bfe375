import type { ReactElement } from 'react';
import type { Endpoint } from '@sagawright/shared/contracts';
import { Button, CodeBlock, Dialog } from '../../ui/index.js';

/** What making an endpoint or its new secret answers. */
export interface Secret {
  readonly endpoint: Endpoint;
  readonly secret: string | null;
  readonly publicKey: string | null;
}

/** Shows a new secret, this once, or the public key that stands for it. */
export function SecretShown({ made, onClose }: { readonly made: Secret; readonly onClose: () => void }): ReactElement {
  const { secret, publicKey } = made;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={secret === null ? 'Give the receiver this key' : 'Copy the secret now'}
      description={
        secret === null
          ? 'Deliveries are checked with it. It is no secret, and stands with the endpoint.'
          : 'It is shown this once. The receiver checks with it that deliveries come from here.'
      }
      actions={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <CodeBlock code={secret ?? publicKey ?? ''} label={secret === null ? 'public key' : 'secret'} wrap />
      <p className="py-3 text-12 text-muted">
        Every delivery carries <code className="font-mono">webhook-id</code>,{' '}
        <code className="font-mono">webhook-timestamp</code> and <code className="font-mono">webhook-signature</code> as
        Standard Webhooks say; any of its libraries checks them.
      </p>
    </Dialog>
  );
}
