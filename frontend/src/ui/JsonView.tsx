import { ChevronRight } from 'lucide-react';
import { memo, useState } from 'react';
import type { ReactElement } from 'react';
import type { Json } from '@sagawright/shared/kernel';
import { classNames } from './class-names.js';
import { ContextMenu } from './Menu.js';
import { CopyButton } from './CopyButton.js';

export interface JsonViewProps {
  readonly value: Json;
  /** Where the value stands, the root of copied paths: `steps.chargeCard.output`. */
  readonly path?: string;
  readonly label: string;
  /** Levels open at first. */
  readonly openLevels?: number;
}

/** At most this many children of one list are drawn before "show all". */
const CHUNK = 100;

/** A value as a tree; every line offers its path and its value to copy. */
export function JsonView({ value, path = '', label, openLevels = 2 }: JsonViewProps): ReactElement {
  return (
    <div
      role="group"
      aria-label={label}
      className="group/json relative overflow-x-auto rounded-card border border-border bg-canvas py-1.5 pr-9 pl-1 font-mono text-12 leading-[18px]"
    >
      <Node name={null} value={value} path={path} depth={0} openLevels={openLevels} />
      <CopyButton
        value={() => JSON.stringify(value, null, 2)}
        label={`Copy ${label}`}
        className="absolute top-1 right-1 bg-canvas"
      />
    </div>
  );
}

/** `order` → `.order`, `a b` → `."a b"`, `0` → `[0]`: what an expression would write. */
export function childPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${String(key)}]`;
  const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : `\`${key}\``;
  return path === '' ? name : `${path}.${name}`;
}

interface NodeProps {
  readonly name: string | number | null;
  readonly value: Json;
  readonly path: string;
  readonly depth: number;
  readonly openLevels: number;
}

const Node = memo(function Node({ name, value, path, depth, openLevels }: NodeProps): ReactElement {
  const [open, setOpen] = useState(depth < openLevels);
  const [all, setAll] = useState(false);
  const children: readonly (readonly [string | number, Json])[] | null = Array.isArray(value)
    ? (value as readonly Json[]).map((item, index) => [index, item] as const)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : null;
  const entries = [
    {
      id: 'value',
      label: 'Copy value',
      onSelect: () => {
        copy(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
      },
    },
    ...(path === ''
      ? []
      : [
          {
            id: 'path',
            label: `Copy path ${path}`,
            onSelect: () => {
              copy(path);
            },
          },
        ]),
  ];
  const key =
    name === null ? null : (
      <span className="text-muted">
        {name}
        <span className="text-muted">: </span>
      </span>
    );
  const indent = { paddingLeft: depth * 14 + 6 };
  if (children === null || children.length === 0) {
    return (
      <ContextMenu entries={entries} className="rounded-tag hover:bg-hover">
        <div className="flex min-h-6 items-center" style={indent} title={path}>
          <span className="w-3.5 shrink-0" />
          <span className="min-w-0 break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
            {key}
            <Scalar value={value} />
          </span>
        </div>
      </ContextMenu>
    );
  }
  const shown = all ? children : children.slice(0, CHUNK);
  const brackets = Array.isArray(value) ? '[]' : '{}';
  return (
    <div>
      <ContextMenu entries={entries} className="rounded-tag hover:bg-hover">
        <button
          type="button"
          aria-expanded={open}
          className="flex min-h-6 w-full items-center text-left -outline-offset-2"
          style={indent}
          title={path}
          onClick={() => {
            setOpen(!open);
          }}
        >
          <ChevronRight
            size={12}
            aria-hidden="true"
            className={classNames('w-3.5 shrink-0 text-faint transition-transform', open && 'rotate-90')}
          />
          <span>
            {key}
            <span className="text-muted">
              {brackets[0]}
              {!open && '…'}
              {brackets[1]} {children.length === 1 ? '1 item' : `${String(children.length)} items`}
            </span>
          </span>
        </button>
      </ContextMenu>
      {open &&
        shown.map(([childName, child]) => (
          <Node
            key={childName}
            name={childName}
            value={child}
            path={childPath(path, childName)}
            depth={depth + 1}
            openLevels={openLevels}
          />
        ))}
      {open && shown.length < children.length && (
        <button
          type="button"
          className="min-h-6 px-2 text-accent hover:underline"
          onClick={() => {
            setAll(true);
          }}
        >
          Show all {children.length}
        </button>
      )}
    </div>
  );
});

function Scalar({ value }: { readonly value: Json }): ReactElement {
  if (value === null) return <span className="text-muted">null</span>;
  if (typeof value === 'string') return <span className="text-done-text">&quot;{value}&quot;</span>;
  if (typeof value === 'number') return <span className="text-running-text">{value}</span>;
  if (typeof value === 'boolean') return <span className="text-waiting-text">{String(value)}</span>;
  return <span className="text-muted">{Array.isArray(value) ? '[]' : '{}'}</span>;
}

function copy(text: string): void {
  navigator.clipboard.writeText(text).catch(() => undefined);
}
