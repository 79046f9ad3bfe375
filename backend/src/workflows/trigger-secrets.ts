/** Makes, seals and opens what a webhook trigger keeps secret: the token in its URL and its signing secret. */
import { randomBytes } from 'node:crypto';
import { isTrigger } from '@sagawright/shared/graph';
import type { Graph, TriggerNode } from '@sagawright/shared/graph';
import { randomToken, sha256, uuidv7 } from '@sagawright/shared/server';
import type { NewTrigger, Sealer, TriggerRow } from '@sagawright/shared/server';

const TOKEN = 'trigger.token';
const SECRET = 'trigger.secret';

export class TriggerSecrets {
  constructor(private readonly sealer: Sealer) {}

  /** Rows for every trigger node of a drawing. Whatever its kind, each gets a token: a node may become a webhook later. */
  rowsFor(graph: Graph): NewTrigger[] {
    return triggersOf(graph).map((node): NewTrigger => {
      const id = uuidv7();
      const token = randomToken(256);
      return {
        id,
        nodeId: node.id,
        kind: node.kind,
        name: node.name,
        scheme: node.kind === 'trigger.webhook' ? node.scheme : null,
        tokenHash: sha256(token),
        tokenSealed: this.sealer.seal(token, { purpose: TOKEN, rowId: id }),
        secretSealed: this.sealSecret(id, makeSecret()),
      };
    });
  }

  sealSecret(triggerId: string, secret: string): Buffer {
    return this.sealer.seal(secret, { purpose: SECRET, rowId: triggerId });
  }

  token(trigger: TriggerRow): string | null {
    return trigger.tokenSealed && this.sealer.unseal(trigger.tokenSealed, { purpose: TOKEN, rowId: trigger.id });
  }

  secret(trigger: TriggerRow): string | null {
    return trigger.secretSealed && this.sealer.unseal(trigger.secretSealed, { purpose: SECRET, rowId: trigger.id });
  }

  /** Every secret that a sender may sign with today. */
  accepted(trigger: TriggerRow): { keyId: string; secret: string }[] {
    const current = this.secret(trigger);
    const previous =
      trigger.previousSecretSealed &&
      this.sealer.unseal(trigger.previousSecretSealed, { purpose: SECRET, rowId: trigger.id });
    return [
      ...(current === null ? [] : [{ keyId: 'current', secret: current }]),
      ...(previous === null ? [] : [{ keyId: 'previous', secret: previous }]),
    ];
  }
}

export function triggersOf(graph: Graph): TriggerNode[] {
  return Object.values(graph.nodes).filter((node): node is TriggerNode => isTrigger(node.kind));
}

/** In the form of Standard Webhooks; other schemes take it as text. */
export function makeSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
