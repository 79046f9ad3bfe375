/** What a step of each kind looks like besides its state: icon, silhouette, word. Kind is quiet, state is loud. */
import type { GraphNode, NodeKind } from '@sagawright/shared/graph';
import {
  Braces,
  CalendarClock,
  CircleSlash,
  CircleStop,
  Clock,
  CodeXml,
  CornerDownRight,
  CreditCard,
  GitBranch,
  GitFork,
  Globe,
  Group,
  Hourglass,
  Megaphone,
  Merge,
  MessageSquareReply,
  OctagonX,
  Package,
  PackageMinus,
  PackagePlus,
  Play,
  Plug,
  Radio,
  Receipt,
  Repeat,
  Rows3,
  Send,
  Shield,
  Siren,
  Split,
  StickyNote,
  Store,
  Timer,
  Truck,
  Undo2,
  UserCheck,
  Webhook,
  Workflow,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { connectorOf } from './catalogue.js';

export type Silhouette = 'trigger' | 'card' | 'logic' | 'timer' | 'human' | 'call' | 'container' | 'end' | 'note';

const ICONS: Readonly<Record<string, LucideIcon>> = {
  'credit-card': CreditCard,
  globe: Globe,
  package: Package,
  'package-minus': PackageMinus,
  'package-plus': PackagePlus,
  radio: Megaphone,
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
  'trigger.event': { icon: Radio, silhouette: 'trigger', word: 'Event' },
  'trigger.schedule': { icon: CalendarClock, silhouette: 'trigger', word: 'Schedule' },
  'trigger.connector': { icon: Plug, silhouette: 'trigger', word: 'Connector trigger' },
  'trigger.called': { icon: CornerDownRight, silhouette: 'trigger', word: 'Called by a workflow' },
  'trigger.failure': { icon: Siren, silhouette: 'trigger', word: 'When a run fails' },
  action: { icon: Plug, silhouette: 'card', word: 'Action' },
  transform: { icon: Braces, silhouette: 'card', word: 'Transform' },
  code: { icon: CodeXml, silhouette: 'card', word: 'Code' },
  call: { icon: Workflow, silhouette: 'call', word: 'Sub-workflow' },
  emit: { icon: Megaphone, silhouette: 'card', word: 'Publish event' },
  respond: { icon: MessageSquareReply, silhouette: 'card', word: 'Respond' },
  branch: { icon: GitBranch, silhouette: 'logic', word: 'Branch' },
  inclusive: { icon: Split, silhouette: 'logic', word: 'Inclusive branch' },
  parallel: { icon: GitFork, silhouette: 'logic', word: 'Parallel' },
  join: { icon: Merge, silhouette: 'logic', word: 'Join' },
  'for-each': { icon: Rows3, silhouette: 'container', word: 'For each' },
  repeat: { icon: Repeat, silhouette: 'container', word: 'Repeat' },
  scope: { icon: Shield, silhouette: 'container', word: 'Scope' },
  group: { icon: Group, silhouette: 'container', word: 'Group' },
  delay: { icon: Clock, silhouette: 'timer', word: 'Delay' },
  wait: { icon: Hourglass, silhouette: 'timer', word: 'Wait for an event' },
  race: { icon: Timer, silhouette: 'timer', word: 'Race' },
  task: { icon: UserCheck, silhouette: 'human', word: 'Task' },
  end: { icon: CircleStop, silhouette: 'end', word: 'End' },
  fail: { icon: OctagonX, silhouette: 'end', word: 'Fail' },
  terminate: { icon: CircleSlash, silhouette: 'end', word: 'Terminate' },
  note: { icon: StickyNote, silhouette: 'note', word: 'Note' },
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
  if (node.kind === 'action') return operationIcon(node.connector, node.operation);
  if (node.kind === 'trigger.connector') return ICONS[connectorOf(node.connector)?.icon ?? ''] ?? Plug;
  return kindIcon(node.kind);
}
