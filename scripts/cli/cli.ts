/**
 * The command line of an installation, over the typed client.
 *
 * Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not logged in or not allowed, 4 not found, 5 the installation
 * cannot be reached, 6 the run that was waited for ended otherwise than completed.
 */
import { parseArgs } from 'node:util';
import { ApiError, createClient } from '@sagawright/shared/client';
import { deadLetterCommands } from './dead-letters.js';
import { eventCommands } from './events.js';
import { LOGIN_USAGE, login } from './login.js';
import { runCommands } from './runs.js';
import { readSettings } from './settings.js';
import { plainJson, plainLines } from './table.js';
import { workflowCommands } from './workflows.js';
import { EXIT, UsageError } from './world.js';
import type { Call, CliWorld, Command } from './world.js';

export const COMMANDS: readonly Command[] = [
  ...runCommands,
  ...eventCommands,
  ...workflowCommands,
  ...deadLetterCommands,
];

/**
 * What servers and other people wrote is shown, never obeyed by the terminal.
 *
 * @returns the exit code; never throws
 */
export async function runCli(args: readonly string[], given: CliWorld): Promise<number> {
  const world: CliWorld = {
    ...given,
    print: (text) => given.print(plainLines(text)),
    complain: (text) => given.complain(plainLines(text)),
  };
  try {
    return await dispatch(args, world);
  } catch (error) {
    if (world.signal.aborted) return EXIT.ok;
    return explain(error, world);
  }
}

async function dispatch(args: readonly string[], world: CliWorld): Promise<number> {
  const [room = 'help', verb = ''] = args;
  if (room === 'help' || args.includes('--help')) {
    const named = args.slice(room === 'help' ? 1 : 0).filter((word) => !word.startsWith('-'));
    world.print(help(commandsOf(named)));
    return EXIT.ok;
  }
  if (room === 'login') {
    const { values } = parse(args.slice(1), ['url'], []);
    return login(world, typeof values['url'] === 'string' ? values['url'] : undefined);
  }
  const command = COMMANDS.find(
    ({ usage }) => usage.startsWith(`${room} ${verb}`) && nameOf(usage) === `${room} ${verb}`,
  );
  if (command === undefined) {
    const near = COMMANDS.filter(({ usage }) => usage.startsWith(`${room} `)).map(({ usage }) => nameOf(usage));
    const instead = near.length === 0 ? 'see "sagawright help"' : `there are: ${near.join(', ')}`;
    throw new UsageError(`There is no command "${args.slice(0, 2).join(' ')}"; ${instead}.`);
  }
  const { values, positionals } = parse(args.slice(2), command.values ?? [], command.switches ?? []);
  const { least = 0, most = least } = command;
  if (positionals.length < least || positionals.length > most)
    throw new UsageError(`Usage: sagawright ${command.usage}`);
  const { url, apiKey } = readSettings(world);
  const code = await command.run({
    world,
    client: createClient({ baseUrl: url, apiKey, fetch: world.fetch }),
    args: positionals,
    options: values,
    show: (value, told) => world.print(values['json'] === true ? plainJson(value) : told),
  });
  return code ?? EXIT.ok;
}

function parse(
  args: readonly string[],
  values: readonly string[],
  switches: readonly string[],
): { readonly values: Call['options']; readonly positionals: readonly string[] } {
  try {
    const { values: options, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries([
        ...values.map((name) => [name, { type: 'string' as const }] as const),
        ...['json', ...switches].map((name) => [name, { type: 'boolean' as const }] as const),
      ]),
    });
    return { values: options as Call['options'], positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Those of `events`, or the one that is `events tail`; all of them when these words name none. */
function commandsOf(words: readonly string[]): readonly Command[] {
  const [room = '', verb] = words;
  const ofRoom = COMMANDS.filter(({ usage }) => usage.startsWith(`${room} `));
  const named = ofRoom.filter(({ usage }) => verb !== undefined && nameOf(usage) === `${room} ${verb}`);
  return [named, ofRoom, COMMANDS].find((found) => found.length > 0) ?? COMMANDS;
}

/** The words of a usage before its arguments. */
function nameOf(usage: string): string {
  return usage.split(' ').slice(0, 2).join(' ');
}

function help(commands: readonly Command[]): string {
  const lines = commands.map(({ usage, about }) => `  sagawright ${usage}\n      ${about}`);
  return [
    'Usage: sagawright <command> [options]',
    '',
    ...(commands === COMMANDS
      ? [
          `  sagawright ${LOGIN_USAGE}\n      Keep an API key (from standard input or SAGAWRIGHT_API_KEY) for later commands`,
        ]
      : []),
    ...lines,
    '',
    'With --json every command prints JSON, one value a line. SAGAWRIGHT_URL and SAGAWRIGHT_API_KEY go before what login kept.',
  ].join('\n');
}

function explain(error: unknown, world: CliWorld): number {
  if (error instanceof UsageError) {
    world.complain(error.message);
    return EXIT.usage;
  }
  if (error instanceof ApiError) {
    const { status, code, detail, instance } = error.problem;
    // Parameters of the interface are options here.
    const told = detail.replace(/\bquery\.(\w+)/g, '--$1');
    world.complain(`${told} (${code}${instance === '' ? '' : `, request ${instance}`})`);
    return status === 401 || status === 403 ? EXIT.notAllowed : status === 404 ? EXIT.notFound : EXIT.failed;
  }
  if (String(error).includes('fetch failed')) {
    const cause = (error as { cause?: { message?: string } }).cause?.message ?? 'no connection';
    world.complain(`The installation cannot be reached (${cause}); is it running, and is SAGAWRIGHT_URL right?`);
    return EXIT.unreachable;
  }
  world.complain(error instanceof Error ? error.message : String(error));
  return EXIT.failed;
}
