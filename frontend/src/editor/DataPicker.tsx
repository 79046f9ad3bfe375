/**
 * Everything that a field can read as a tree to pick from, with the values at hand (E59). Typing searches names and values;
 * arrows walk and unfold; Enter or a click inserts.
 */
import { Braces, ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { IconButton, Input, Popover, Time } from '../ui/index.js';
import { dataRows } from './data-tree.js';
import type { DataRow } from './data-tree.js';
import type { FieldData } from './field-data.js';
import { OutputTable } from './OutputHelp.js';

export interface DataPickerProps {
  /** Of the field. */
  readonly label: string;
  readonly data: FieldData;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onPick: (path: string) => void;
  /** Gets the focus back. */
  readonly field: () => HTMLElement | null;
}

export function DataPicker({ label, data, open, onOpenChange, onPick, field }: DataPickerProps): ReactElement {
  return (
    <Popover
      open={open}
      onOpenChange={onOpenChange}
      className="w-96"
      finalFocus={field}
      trigger={
        <IconButton label={`Pick data for ${label}`} shortcut="Ctrl+Shift+Space" className="template-pick">
          <Braces size={14} aria-hidden="true" />
        </IconButton>
      }
    >
      <Tree
        data={data}
        onPick={(path) => {
          onPick(path);
          onOpenChange(false);
        }}
      />
    </Popover>
  );
}

const NONE: ReadonlySet<string> = new Set();

function Tree({ data, onPick }: { readonly data: FieldData; readonly onPick: (path: string) => void }): ReactElement {
  const id = useId();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [unfolded, setUnfolded] = useState(NONE);
  const [folded, setFolded] = useState(NONE);
  const rows = dataRows(data.sources, query, unfolded, folded);
  const current = rows[Math.min(at, rows.length - 1)];
  const rowId = (index: number) => `${id}-${index}`;
  const go = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    document.getElementById(rowId(next))?.scrollIntoView({ block: 'nearest' });
  };
  const fold = (row: DataRow, open: boolean) => {
    setUnfolded((before) => withOrWithout(before, row.path, open));
    setFolded((before) => withOrWithout(before, row.path, !open));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = current ? rows.indexOf(current) : -1;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Enter: () => current && onPick(current.path),
      // Within typed text the arrows move the caret, as anywhere.
      ...(query === '' && current?.open === false ? { ArrowRight: () => fold(current, true) } : {}),
      ...(query === '' && current?.open === true ? { ArrowLeft: () => fold(current, false) } : {}),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  return (
    <div className="flex flex-col gap-2">
      <Input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-haspopup="tree"
        aria-controls={`${id}-tree`}
        aria-activedescendant={current && rowId(rows.indexOf(current))}
        aria-label="Search data"
        placeholder="Search names and values"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {rows.length === 0 ? (
        <p className="px-1 py-3 text-13 text-muted">Nothing of that name or value comes before this step.</p>
      ) : (
        <ul id={`${id}-tree`} role="tree" aria-label="Data" className="data-tree">
          {rows.map((row, index) => (
            <Row
              key={`${row.path} ${row.source ?? ''}`}
              id={rowId(index)}
              row={row}
              chosen={row === current}
              onPick={() => onPick(row.path)}
              onFold={() => fold(row, row.open !== true)}
            />
          ))}
        </ul>
      )}
      <OutputTable />
      <p className="text-11 text-muted">
        {data.runAt === null ? (
          'Sample values. Once the workflow has run, those of its latest run.'
        ) : (
          <>
            Values of the run started <Time at={data.runAt} />, samples where it has none.
          </>
        )}
      </p>
    </div>
  );
}

function Row({
  id,
  row,
  chosen,
  onPick,
  onFold,
}: {
  readonly id: string;
  readonly row: DataRow;
  readonly chosen: boolean;
  readonly onPick: () => void;
  readonly onFold: () => void;
}): ReactElement {
  return (
    <li
      id={id}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={chosen}
      aria-expanded={row.open ?? undefined}
      className="data-row"
      style={{ paddingLeft: 4 + row.depth * 14 }}
      onClick={onPick}
    >
      <span
        className="data-fold"
        onClick={(event) => {
          if (row.open === null) return;
          event.stopPropagation();
          onFold();
        }}
      >
        {row.open !== null && <ChevronRight size={13} aria-hidden="true" className={row.open ? 'rotate-90' : ''} />}
      </span>
      {row.source !== null && <span className="data-source">{row.source}</span>}
      <code className="data-name">{row.label}</code>
      {!row.certain && row.depth === 0 && (
        <span className="data-maybe" title="Not every way to this step passes it: the value may be missing.">
          not always
        </span>
      )}
      <span className="data-sample">{row.sample}</span>
      <span className="data-type">{row.type}</span>
    </li>
  );
}

function withOrWithout(set: ReadonlySet<string>, path: string, has: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (has) next.add(path);
  else next.delete(path);
  return next;
}
