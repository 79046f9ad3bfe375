/** The connectors that this product ships with, as cards, forms and search need them. */
import { connectors } from '@sagawright/shared/connector';
import type { ConnectorManifest, OperationManifest } from '@sagawright/shared/connector';

const byId = new Map<string, ConnectorManifest>(connectors.map((each) => [each.id, each]));

export function connectorOf(id: string): ConnectorManifest | undefined {
  return byId.get(id);
}

export function operationOf(connector: string, operation: string): OperationManifest | undefined {
  return byId.get(connector)?.operations[operation];
}

export function allConnectors(): readonly ConnectorManifest[] {
  return connectors;
}
