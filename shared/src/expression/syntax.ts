/** JSONata's syntax tree, as far as we read it. */

export interface SyntaxNode {
  readonly type: string;
  readonly value?: unknown;
  /** UTF-16 position just behind the token that made the node. */
  readonly position?: number;
  readonly steps?: readonly SyntaxNode[];
  readonly stages?: readonly SyntaxNode[];
  readonly predicate?: readonly SyntaxNode[];
  readonly expr?: SyntaxNode;
  readonly arguments?: readonly SyntaxNode[];
  readonly procedure?: SyntaxNode;
  readonly body?: SyntaxNode;
  readonly expressions?: readonly SyntaxNode[];
  readonly expression?: SyntaxNode;
  readonly lhs?: SyntaxNode | readonly (readonly [SyntaxNode, SyntaxNode])[];
  readonly rhs?: SyntaxNode | readonly (readonly [SyntaxNode, SyntaxNode])[];
  readonly condition?: SyntaxNode;
  readonly then?: SyntaxNode;
  readonly else?: SyntaxNode;
  readonly pattern?: SyntaxNode;
  readonly update?: SyntaxNode;
  readonly delete?: SyntaxNode;
  readonly terms?: readonly { readonly expression: SyntaxNode; readonly descending: boolean }[];
  readonly group?: { readonly lhs: readonly (readonly [SyntaxNode, SyntaxNode])[] };
  readonly keepArray?: boolean;
  readonly keepSingletonArray?: boolean;
  readonly consarray?: boolean;
  readonly focus?: string;
  readonly index?: string;
  readonly ancestor?: unknown;
  readonly tuple?: boolean;
  readonly thunk?: boolean;
}

/** Every node directly below, in the order in which they are written. */
export function childNodes(node: SyntaxNode): readonly SyntaxNode[] {
  return [
    ...(node.steps ?? []),
    ...sideNodes(node.lhs),
    ...(node.expressions ?? []),
    ...optional(node.expression),
    ...optional(node.condition),
    ...optional(node.then),
    ...optional(node.else),
    ...optional(node.pattern),
    ...optional(node.update),
    ...optional(node.delete),
    ...optional(node.procedure),
    ...(node.arguments ?? []),
    ...optional(node.body),
    ...(node.terms ?? []).map((term) => term.expression),
    ...(node.predicate ?? []),
    ...(node.stages ?? []),
    ...optional(node.expr),
    ...sideNodes(node.group?.lhs),
    ...sideNodes(node.rhs),
  ];
}

function optional(node: SyntaxNode | undefined): readonly SyntaxNode[] {
  return node === undefined ? [] : [node];
}

function sideNodes(side: SyntaxNode['lhs']): readonly SyntaxNode[] {
  if (side === undefined) return [];
  if (isPairs(side)) return side.flat();
  return [side];
}

function isPairs(side: NonNullable<SyntaxNode['lhs']>): side is readonly (readonly [SyntaxNode, SyntaxNode])[] {
  return Array.isArray(side);
}
