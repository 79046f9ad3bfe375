/**
 * What an expression reads, found in its syntax tree.
 *
 * A place is a path of names from the scope's root. Names are followed through variables, parentheses, filters, indexes,
 * conditions and `$lookup` with a fixed name; inside `items[...]`, `items.(...)` and `items{...}` names start at the item,
 * as JSONata reads them. What a lambda does with its parameters is not followed: the value given to it counts as read whole.
 */
import type { Json } from '../kernel/index.js';
import { parseExpression } from './reference.js';
import { childNodes } from './syntax.js';
import type { SyntaxNode } from './syntax.js';
import { visitExpressions } from './visit.js';
import type { FieldPath } from './visit.js';

/** One place that a template reads. */
export interface Reference {
  /** `trigger`, `steps`, `run`, `step`, ... or a name the scope does not have. */
  readonly root: string;
  /** The name below the root: a step's key, `data`, `headers`; null when the root is read as a whole. */
  readonly key: string | null;
  /** Names below the key; array positions leave no trace. */
  readonly path: readonly string[];
  /** Where in the template the text stands. */
  readonly field: FieldPath;
  /** Where in that text the reference stands. */
  readonly start: number;
  readonly end: number;
}

/** Every place that a template reads, in the order of the template. Texts that cannot be read are passed over. */
export function templateReferences(template: Json): readonly Reference[] {
  const references: Reference[] = [];
  visitExpressions(template, ({ source, sourceStart, closed, field }) => {
    if (!closed) return;
    for (const names of readPlaces(source)) {
      const [root, key, ...rest] = names;
      if (root === undefined) continue;
      references.push({
        root: root.name,
        key: key?.name ?? null,
        path: rest.map((name) => name.name),
        field,
        start: sourceStart + root.start,
        end: sourceStart + (names.at(-1) ?? root).end,
      });
    }
  });
  return references;
}

/** A name as it is written in a source: offsets of its token, quotes included. */
export interface WrittenName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A path from the scope's root, or unknown (a computed value). */
type Place = readonly WrittenName[] | null;
type Places = readonly Place[];

const UNKNOWN: Places = [null];
const ROOT: Places = [[]];

/** The places a source reads, each from the root; empty when the source cannot be parsed. */
export function readPlaces(source: string): readonly (readonly WrittenName[])[] {
  let tree: SyntaxNode;
  try {
    tree = parseExpression(source).tree;
  } catch {
    return [];
  }
  const reader = new PlaceReader(source);
  reader.use(reader.follow(tree, ROOT, new Map()));
  return reader.read;
}

type Variables = Map<string, Places>;

class PlaceReader {
  readonly read: (readonly WrittenName[])[] = [];

  constructor(private readonly source: string) {}

  /** The values at these places are looked at. The bare root, `$$`, reads everything below it: no name to report. */
  use(places: Places): void {
    for (const place of places) if (place !== null && place.length > 0) this.read.push(place);
  }

  /** Where the node's value lives; whatever it looks at on the way is noted. */
  follow(node: SyntaxNode, context: Places, variables: Variables): Places {
    const places = this.followKind(node, context, variables);
    for (const predicate of node.predicate ?? []) this.followStage(predicate, places, variables);
    if (node.type !== 'path' && node.group !== undefined) return this.followGroup(node.group, places, variables);
    return places;
  }

  private followKind(node: SyntaxNode, context: Places, variables: Variables): Places {
    switch (node.type) {
      case 'path':
        return this.followPath(node, context, variables);
      case 'name':
        return this.below(context, this.written(node));
      case 'variable':
        if (node.value === '$') return ROOT;
        if (node.value === '') return context;
        return variables.get(String(node.value)) ?? UNKNOWN;
      case 'block': {
        const inner: Variables = new Map(variables);
        let last: Places = UNKNOWN;
        (node.expressions ?? []).forEach((expression, index, all) => {
          last = this.follow(expression, context, inner);
          if (index < all.length - 1 && expression.type !== 'bind') this.use(last);
        });
        return last;
      }
      case 'bind': {
        const [name, value] = [node.lhs, node.rhs];
        const places = isNode(value) ? this.follow(value, context, variables) : UNKNOWN;
        if (isNode(name)) variables.set(String(name.value), places);
        return places;
      }
      case 'condition':
        return this.followCondition(node, context, variables);
      case 'function':
        return this.followCall(node, context, variables);
      case 'lambda': {
        const inner: Variables = new Map(variables);
        for (const parameter of node.arguments ?? []) inner.set(String(parameter.value), UNKNOWN);
        if (node.body !== undefined) this.use(this.follow(node.body, context, inner));
        return UNKNOWN;
      }
      case 'unary':
        if (node.value === '{' && isPairs(node.lhs)) {
          for (const pair of node.lhs) for (const part of pair) this.use(this.follow(part, context, variables));
          return UNKNOWN;
        }
        break;
      case 'transform':
        for (const part of childNodes(node)) this.use(this.follow(part, UNKNOWN, variables));
        return UNKNOWN;
      case 'wildcard':
      case 'descendant':
        this.use(context);
        return UNKNOWN;
    }
    for (const child of childNodes({ ...node, predicate: [], group: undefined })) {
      this.use(this.follow(child, context, variables));
    }
    return UNKNOWN;
  }

  private followPath(node: SyntaxNode, context: Places, variables: Variables): Places {
    const inner: Variables = new Map(variables);
    let places = context;
    for (const step of node.steps ?? []) {
      if (step.type === 'sort') {
        for (const term of step.terms ?? []) this.use(this.follow(term.expression, places, inner));
      } else if (step.type === 'string') {
        places = this.below(places, this.written(step));
      } else {
        const before = places;
        places = this.follow(step, places, inner);
        if (step.focus !== undefined) {
          inner.set(step.focus, places);
          places = before;
        }
      }
      if (step.index !== undefined) inner.set(step.index, UNKNOWN);
      for (const stage of step.stages ?? [])
        this.followStage(stage, step.focus === undefined ? places : UNKNOWN, inner);
    }
    return node.group === undefined ? places : this.followGroup(node.group, places, inner);
  }

  private followStage(stage: SyntaxNode, places: Places, variables: Variables): void {
    if (stage.expr !== undefined) this.use(this.follow(stage.expr, places, variables));
  }

  private followGroup(group: NonNullable<SyntaxNode['group']>, places: Places, variables: Variables): Places {
    for (const pair of group.lhs) for (const part of pair) this.use(this.follow(part, places, variables));
    return UNKNOWN;
  }

  private followCondition(node: SyntaxNode, context: Places, variables: Variables): Places {
    if (node.condition !== undefined) this.use(this.follow(node.condition, context, variables));
    const taken = node.then === undefined ? [] : this.follow(node.then, context, variables);
    const other = node.else === undefined ? [] : this.follow(node.else, context, variables);
    return [...taken, ...other];
  }

  private followCall(node: SyntaxNode, context: Places, variables: Variables): Places {
    const [first, second] = node.arguments ?? [];
    const isLookup = node.procedure?.type === 'variable' && node.procedure.value === 'lookup';
    if (isLookup && first !== undefined && second?.type === 'string') {
      return this.below(this.follow(first, context, variables), this.written(second));
    }
    if (node.procedure !== undefined && node.procedure.type !== 'variable') {
      this.use(this.follow(node.procedure, context, variables));
    }
    // A missing first argument means the context: `name.$uppercase()`.
    this.use(context);
    for (const argument of node.arguments ?? []) this.use(this.follow(argument, context, variables));
    return UNKNOWN;
  }

  private below(places: Places, name: WrittenName): Places {
    return places.map((place) => (place === null ? null : [...place, name]));
  }

  /** The token that made the node ends at its position; JSONata keeps no start. */
  private written(node: SyntaxNode): WrittenName {
    const name = String(node.value);
    const end = node.position ?? 0;
    const quote = this.source.charAt(end - 1);
    if (quote === '`') return { name, start: end - name.length - 2, end };
    if (quote === '"' || quote === "'") return { name, start: startOfString(this.source, end, quote), end };
    return { name, start: end - name.length, end };
  }
}

function startOfString(source: string, end: number, quote: string): number {
  let start = source.lastIndexOf(quote, end - 2);
  while (start > 0 && source.charAt(start - 1) === '\\') start = source.lastIndexOf(quote, start - 1);
  return Math.max(start, 0);
}

function isNode(side: SyntaxNode['lhs']): side is SyntaxNode {
  return side !== undefined && !Array.isArray(side);
}

function isPairs(side: SyntaxNode['lhs']): side is readonly (readonly [SyntaxNode, SyntaxNode])[] {
  return Array.isArray(side);
}
