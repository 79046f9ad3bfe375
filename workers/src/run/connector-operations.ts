import { connectors } from '@sagawright/shared/connector';
import { failure } from '@sagawright/shared/kernel';
import type { AttemptResult } from '@sagawright/shared/saga';
import { callOperation, createEgress } from '@sagawright/shared/server';
import type { Environment } from '@sagawright/shared/server';
import type { Operate } from './operation.js';

/** The operations of the connectors that come with the product, called through the one egress door. */
export function connectorOperations(environment: Pick<Environment, 'egressAllow' | 'demoShopUrl'>): {
  readonly operate: Operate;
  close(): Promise<void>;
} {
  const egress = createEgress({ allow: environment.egressAllow });
  const settings = { DEMO_SHOP_URL: environment.demoShopUrl };
  return {
    operate: async ({ connector, operation, input, idempotencyKey, timeoutMs, effect }, signal) => {
      const manifest = connectors[connector];
      const described = manifest?.operations[operation];
      if (manifest === undefined || described === undefined) return absent(connector, operation);
      return await callOperation(manifest, described, input, {
        egress,
        idempotencyKey,
        timeoutMs,
        settings,
        signal,
        effect,
      });
    },
    close: () => egress.close(),
  };
}

function absent(connector: string, operation: string): AttemptResult {
  const message = `There is no operation "${operation}" of connector "${connector}" here; install it, or change the step.`;
  return { kind: 'failed', failure: failure('user', 'operation.absent', message) };
}
