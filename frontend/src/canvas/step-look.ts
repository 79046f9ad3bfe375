/** What a step of each kind looks like besides its state: icon, silhouette, second line. Kind is quiet, state is loud. */
import type { GraphNode, NodeKind } from '@sagawright/shared/graph';
import {
  Braces,
  CircleStop,
  Clock,
  CreditCard,
  GitBranch,
  GitFork,
  Globe,
  Merge,
  OctagonX,
  Package,
  PackageMinus,
  PackagePlus,
  Play,
  Plug,
  Receipt,
  Send,
  Store,
  Truck,
  Undo2,
  Webhook,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { formatDuration } from '../ui/index.js';
import { connectorOf, operationOf } from './catalogue.js';

export type Silhouette = 'trigger' | 'card' | 'logic' | 'timer' | 'end' | 'note';

const ICONS: Readonly<Record<string, LucideIcon>> = {
  'credit-card': CreditCard,
  globe: Globe,
  package: Package,
  'package-minus': PackageMinus,
  'package-plus': PackagePlus,
  receipt: Receipt,
  send: Send,
  store: Store,
  'shopping-bag': Store,
  'shopping-cart': Store,
  truck: Truck,
  undo: Undo2,
  webhook: Webhook,
};

const OPERATION_ICONS: Readonly<Record<string, LucideIcon>> = {
  reserve: Package,
  release: PackageMinus,
  charge: CreditCard,
  refund: Receipt,
  ship: Truck,
};

interface KindLook {
  readonly icon: LucideIcon;
  readonly silhouette: Silhouette;
  readonly word: string;
}

const KINDS: Readonly<Record<NodeKind, KindLook>> = {
  'trigger.webhook': { icon: Webhook, silhouette: 'trigger', word: 'Webhook' },
  'trigger.manual': { icon: Play, silhouette: 'trigger', word: 'Started by hand or API' },
  action: { icon: Plug, silhouette: 'card', word: 'Action' },
  transform: { icon: Braces, silhouette: 'card', word: 'Transform' },
  branch: { icon: GitBranch, silhouette: 'logic', word: 'Branch' },
  parallel: { icon: GitFork, silhouette: 'logic', word: 'Parallel' },
  join: { icon: Merge, silhouette: 'logic', word: 'Join' },
  delay: { icon: Clock, silhouette: 'timer', word: 'Delay' },
  end: { icon: CircleStop, silhouette: 'end', word: 'End' },
  fail: { icon: OctagonX, silhouette: 'end', word: 'Fail' },
  note: { icon: Braces, silhouette: 'note', word: 'Note' },
};

export function kindWord(kind: NodeKind): string {
  return KINDS[kind].word;
}

export function silhouetteOf(kind: NodeKind): Silhouette {
  return KINDS[kind].silhouette;
}

export function kindIcon(kind: NodeKind): LucideIcon {
  return KINDS[kind].icon;
}

export function operationIcon(connector: string, operation: string): LucideIcon {
  return OPERATION_ICONS[operation] ?? ICONS[connectorOf(connector)?.icon ?? ''] ?? Plug;
}

export function iconOf(node: GraphNode): LucideIcon {
  return node.kind === 'action' ? operationIcon(node.connector, node.operation) : kindIcon(node.kind);
}

/** The muted second line of a card. */
export function subtitleOf(node: GraphNode): string {
  switch (node.kind) {
    case 'action': {
      const connector = connectorOf(node.connector)?.name ?? node.connector;
      return `${connector} · ${operationOf(node.connector, node.operation)?.title ?? node.operation}`;
    }
    case 'trigger.webhook':
      return node.scheme === 'none'
        ? 'Webhook · not signed'
        : `Webhook · ${node.scheme === 'github' ? 'GitHub signature' : 'signed'}`;
    case 'join':
      return node.mode.kind === 'all'
        ? 'Waits for all'
        : node.mode.kind === 'any'
          ? 'Goes on with the first'
          : `Waits for ${node.mode.n}`;
    case 'parallel':
      return 'All ways at once';
    case 'branch':
      return 'First that holds';
    case 'delay':
      return node.delay.kind === 'for' ? `Waits ${formatDuration(node.delay.durationMs)}` : 'Waits until an instant';
    case 'end':
      return 'Success';
    case 'fail':
      return node.code;
    default:
      return kindWord(node.kind);
  }
}
