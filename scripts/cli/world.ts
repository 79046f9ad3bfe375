import type { Client, ClientOptions } from '@sagawright/shared/client';

/** What the command line stands on. */
export interface CliWorld {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly fetch: ClientOptions['fetch'];
  readonly input: AsyncIterable<Buffer | string>;
  print(text: string): void;
  complain(text: string): void;
  /** Aborted when the user has seen enough. */
  readonly signal: AbortSignal;
}

/** What a command gets. */
export interface Call {
  readonly world: CliWorld;
  readonly client: Client;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Prints a value: as JSON with `--json`, else as the command would tell it. */
  show(value: unknown, told: string): void;
}

export interface Command {
  /** As the help shows it, such as `runs cancel <run>`. */
  readonly usage: string;
  readonly about: string;
  /** Options of its own: those with a value, and switches. */
  readonly values?: readonly string[];
  readonly switches?: readonly string[];
  /** How many arguments it needs, and may have. */
  readonly least?: number;
  readonly most?: number;
  /** @returns the exit code; absent = 0 */
  run(call: Call): Promise<number | undefined>;
}

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  unreachable: 5,
  notCompleted: 6,
} as const;

/** The user's mistake, in words; exit code 2. */
export class UsageError extends Error {}

export function text(call: Pick<Call, 'options'>, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws UsageError */
export function wholeNumber(call: Pick<Call, 'options'>, name: string): number | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,16}$/.test(value)) throw new UsageError(`--${name} takes a whole number, not "${value}".`);
  return Number(value);
}

/** The options that were given, under the names of a query. */
export function given(call: Call, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => [[name, text(call, name)]].filter(isGiven)));
}

function isGiven(pair: (string | undefined)[]): pair is [string, string] {
  return pair[1] !== undefined;
}
