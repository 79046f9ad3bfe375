const WIDEST = 60;

/** Rows in columns, for people. Control characters of what others wrote do not reach the terminal. */
export function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return 'Nothing found.';
  const lines = [heads, ...rows.map((row) => row.map(cell))];
  const widths = heads.map((_head, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((value, column) => value.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values, one below the other. */
export function facts(values: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${plain(String(value))}`).join('\n');
}

/** One line without anything that a terminal would obey. */
export function plain(value: string): string {
  // eslint-disable-next-line no-control-regex -- that is what it is for
  return value.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Lines without anything that a terminal would obey. */
export function plainLines(value: string): string {
  return value.split('\n').map(plain).join('\n');
}

/** JSON on one line; what a terminal would obey is escaped in it. */
export function plainJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[\u007f-\u009f]/g, escaped);
}

function cell(value: unknown): string {
  const line = value === null || value === undefined ? '' : plain(String(value));
  return line.length <= WIDEST ? line : `${line.slice(0, WIDEST - 1)}…`;
}
