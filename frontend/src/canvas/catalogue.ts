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

export type OfferedTrigger = ConnectorManifest['triggers'][string];

/** The triggers of a connector by name; none for a connector that only acts. */
export function triggersOf(connector: string): Readonly<Record<string, OfferedTrigger>> {
  return connectors[connector]?.triggers ?? {};
}

export function triggerOf(connector: string, name: string): OfferedTrigger | undefined {
  return triggersOf(connector)[name];
}
