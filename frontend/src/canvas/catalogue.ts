/** The connectors that this product ships with, as cards, forms and search need them. */
import { connectors } from '@sagawright/shared/connector';
import type { ConnectorManifest, OperationManifest } from '@sagawright/shared/connector';

export function connectorOf(id: string): ConnectorManifest | undefined {
  return connectors[id];
}

export function operationOf(connector: string, operation: string): OperationManifest | undefined {
  return connectors[connector]?.operations[operation];
}

export function allConnectors(): readonly ConnectorManifest[] {
  return Object.values(connectors);
}
