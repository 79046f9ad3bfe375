/** The command line against a real backend: what it prints, what it writes, and how it exits. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { insertDeadLetters, uuidv7 } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { runCli } from '../../../scripts/cli/cli.js';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;
let key: string;
let home: string;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
  key = await keyWith(['workflows:read', 'workflows:write', 'runs:read', 'runs:write', 'runs:start']);
  home = mkdtempSync(join(tmpdir(), 'sagawright-cli-'));
}, 120_000);

afterAll(async () => {
  rmSync(home, { recursive: true });
  await doors.close();
});

let out: string[];
let err: string[];
beforeEach(() => {
  out = [];
  err = [];
});

async function keyWith(scopes: readonly string[]): Promise<string> {
  const body = { name: 'cli', scopes, expiresInDays: null };
  return (await doors.api<{ secret: string }>('POST', '/api-keys', { headers: owner, body })).body.secret;
}

interface Terms {
  readonly variables?: Record<string, string>;
  readonly input?: string;
  readonly signal?: AbortSignal;
}

function cli(args: string, terms: Terms = {}, ...more: string[]): Promise<number> {
  out = [];
  return runCli([...args.split(' '), ...more], {
    variables: terms.variables ?? { SAGAWRIGHT_URL: doors.base, SAGAWRIGHT_API_KEY: key },
    home,
    fetch,
    input: (async function* () {
      yield terms.input ?? '';
    })(),
    print: (text) => void out.push(text),
    complain: (text) => void err.push(text),
    signal: terms.signal ?? new AbortController().signal,
  });
}

const printed = (): string => out.join('\n');
const json = <T>(): T => JSON.parse(printed()) as T;
const steps = (...names: string[]) =>
  names
    .reduce((saga, name) => saga.step(name), workflow({ kind: 'trigger.manual' }))
    .end()
    .graph();

async function named(name: string, graph = steps('reserve')): Promise<string> {
  const made = await doors.api<{ id: string }>('POST', '/workflows', { headers: owner, body: { name, graph } });
  expect(made.status).toBe(201);
  return made.body.id;
}

describe('logging in', () => {
  const none = {};

  it('keeps the key from standard input in a file that only its owner reads, and later commands take it from there', async () => {
    expect(await cli('runs list', { variables: none })).toBe(2);
    expect(err.join()).toContain('not logged in');
    expect(await cli(`login --url ${doors.base}/`, { variables: none, input: `${key}\n` })).toBe(0);
    const file = join(home, '.config', 'sagawright', 'config.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(printed()).not.toContain(key);
    expect(await cli('runs list', { variables: none })).toBe(0);
  });

  it('says what is wrong by its exit code: an unknown key 3, a missing permission 3, nobody there 5, wrong usage 2', async () => {
    const at = (SAGAWRIGHT_URL: string, SAGAWRIGHT_API_KEY: string) => ({
      variables: { SAGAWRIGHT_URL, SAGAWRIGHT_API_KEY },
    });
    expect(await cli('runs list', at(doors.base, 'nonsense'))).toBe(3);
    expect(await cli('workflows list', at(doors.base, await keyWith(['runs:read'])))).toBe(3);
    expect(await cli('runs cancel x --json --nonsense')).toBe(2);
    expect(await cli('runs show')).toBe(2);
    expect(await cli('nothing at all')).toBe(2);
    expect(await cli('events')).toBe(2);
    expect(err.at(-1)).toContain('there are: events send, events list, events tail');
    expect(await cli('events list --from yesterday')).toBe(2);
    expect(err.at(-1)).toContain('--from takes a time like');
    expect(await cli('events list --limit many')).toBe(1);
    expect(err.at(-1)).toContain('--limit: ');
    expect(await cli(`runs show ${uuidv7()}`)).toBe(4);
    expect(err.at(-1)).toContain('run.not-found');
    expect(await cli('runs list', at('http://127.0.0.1:1', key))).toBe(5);
  });
});

describe('runs', () => {
  it('are started, waited for, listed, shown and watched', async () => {
    const name = `Orders ${uuidv7()}`;
    await named(name);
    expect(await cli('workflows publish', {}, name)).toBe(0);
    const started = cli('workflows start --wait 30 --json --data {"order":7}', {}, name);
    await until(async () => (await doors.worker.work()) > 0);
    expect(await started).toBe(0);
    const run = json<{ id: string; status: string; event: { data: unknown } }>();
    expect(run).toMatchObject({ status: 'completed', event: { data: { order: 7 } } });
    expect(await cli('runs list', {}, '--workflow', name)).toBe(0);
    expect(printed()).toContain(run.id);
    expect(await cli(`runs show ${run.id}`)).toBe(0);
    expect(printed()).toMatch(/step\.succeeded.*\n.*run\.ended completed/);
    expect(await cli(`runs watch ${run.id}`)).toBe(0);
    expect(out.at(-1)).toContain('run.ended completed');
    expect(await cli(`runs retry ${run.id}`)).toBe(2);
    expect(await cli(`runs cancel ${run.id}`)).toBe(1);
    expect(err.at(-1)).toContain('run.ended');
  }, 60_000);

  it('that are cancelled while one waits for them end with 6', async () => {
    const name = `Cancelled ${uuidv7()}`;
    await named(name);
    await cli('workflows publish', {}, name);
    await cli('workflows start --json', {}, name);
    const { runId } = json<{ runId: string }>();
    expect(await cli(`runs cancel ${runId} --reason wrong`)).toBe(0);
    await doors.worker.work();
    expect(await cli(`runs watch ${runId}`)).toBe(6);
  });

  it('are started once for one key', async () => {
    const name = `Keyed ${uuidv7()}`;
    await named(name);
    await cli('workflows publish', {}, name);
    const start = async () => {
      await cli('workflows start --json --key A-1', {}, name);
      return json<{ runId: string; duplicate: boolean }>();
    };
    const first = await start();
    expect(await start()).toMatchObject({ runId: first.runId, duplicate: true });
  });
});

describe('help', () => {
  it('is of one command, of a word, or of all, as is asked', async () => {
    const usages = () => printed().match(/^ {2}sagawright \w\S+( \w\S+)?/gm);
    await cli('events tail --help');
    expect(usages()).toEqual(['  sagawright events tail']);
    await cli('events --help');
    expect(usages()).toEqual(['  sagawright events send', '  sagawright events list', '  sagawright events tail']);
    await cli('help');
    expect(usages()).toContain('  sagawright login');
  });
});

describe('events', () => {
  it('are sent, from a file as well, listed and tailed', async () => {
    const type = `order.${uuidv7()}`;
    const file = join(home, 'event.json');
    writeFileSync(file, '{"total":10}');
    expect(await cli(`events send ${type} --source /shop --id A-1 --json --data @${file}`)).toBe(0);
    const { position } = json<{ position: number }>();
    expect(await cli(`events send ${type} --data -`, { input: '{"total":20}' })).toBe(0);
    expect(await cli(`events send ${type} --data {`)).toBe(2);
    expect(await cli(`events list --type ${type} --from 1h --json`)).toBe(0);
    expect(json<unknown[]>()).toHaveLength(2);
    const stop = new AbortController();
    const tail = cli(`events tail --json --type ${type} --after ${String(position - 1)}`, { signal: stop.signal });
    await until(() => Promise.resolve(out.length === 2));
    stop.abort();
    expect(await tail).toBe(0);
    expect(out.map((line) => (JSON.parse(line) as { data: unknown }).data)).toEqual([{ total: 10 }, { total: 20 }]);
  }, 60_000);
});

describe('dead letters', () => {
  it('are listed with their reasons and sent again; one that is not there is told, and the exit code is 1', async () => {
    const type = `order.${uuidv7()}`;
    const wanted = workflow({ kind: 'trigger.event', event: { type } }).step('reserve').end().graph();
    await cli(`events send ${type} --id ${type} --source /shop --json`);
    const { position } = json<{ position: number }>();
    const { id: workflowId } = await doors.published(owner, wanted);
    const { rows } = await doors.database.pool.query<{ id: string }>('SELECT id FROM trigger WHERE workflow_id = $1', [
      workflowId,
    ]);
    const letter = {
      id: uuidv7(),
      workspaceId: doors.workspaceId,
      kind: 'ordering',
      triggerId: rows[0]?.id ?? '',
      holds: false,
      code: 'order.given-up',
      message: 'Its key was skipped.',
      problems: [],
      details: {},
      event: { position, type, source: '/shop', id: type },
    } as const;
    await insertDeadLetters(doors.database.pool, [letter]);
    expect(await cli(`dead-letters list --type ${type}`)).toBe(0);
    expect(printed()).toMatch(new RegExp(`${letter.id} +open +ordering +${type.slice(0, 20)}`));
    expect(await cli(`dead-letters redrive ${letter.id} --note mended --json`)).toBe(0);
    expect(json()).toMatchObject({ redriven: 1, failed: [] });
    await cli('runs list --json', {}, '--workflow', workflowId);
    expect(json<unknown[]>()).toHaveLength(1);
    expect(await cli(`dead-letters redrive ${uuidv7()}`)).toBe(1);
    expect(printed()).toContain('dead-letter.not-found');
  });
});

describe('workflows as files', () => {
  it.each(['json', 'yaml'])(
    'go out in a stable form and come back as they are (%s)',
    async (format) => {
      const name = `Travel & Co ${format} ${uuidv7()}`;
      const id = await named(name, steps('reserve', 'charge'));
      const folder = join(home, `files-${format}`);
      const exported = () => cli(`workflows export --format ${format} --out ${folder} --json`, {}, name);
      expect(await exported()).toBe(0);
      const [slug = ''] = readdirSync(folder);
      const file = join(folder, slug, `workflow.${format}`);
      const text = readFileSync(file, 'utf8');
      expect(slug).toMatch(/^travel-co-/);
      expect(await exported()).toBe(0);
      expect(json()).toEqual([{ workflow: name, file: null }]);
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect(await cli(`workflows import ${folder} --json`)).toBe(0);
      expect(json()).toMatchObject([{ name, result: 'unchanged', published: null }]);
      writeFileSync(file, text.replace(/(name"?: "?)charge/, '$1Charge the card'));
      expect(await cli(`workflows import ${folder} --dry-run`)).toBe(0);
      expect(printed()).toContain('would be changed');
      const draft = async () =>
        (
          await doors.api<{ draft: { revision: number }; published: unknown }>('GET', `/workflows/${id}`, {
            headers: owner,
          })
        ).body;
      expect((await draft()).draft.revision).toBe(1);
      expect(await cli(`workflows import ${folder}`)).toBe(0);
      expect(printed()).toContain('changed');
      expect(await draft()).toMatchObject({ draft: { revision: 2 }, published: null });
      expect(await cli(`workflows import ${folder} --json`)).toBe(0);
      expect(json()).toMatchObject([{ result: 'unchanged' }]);
      expect(await draft()).toMatchObject({ draft: { revision: 2 }, published: null });
    },
    60_000,
  );

  it('become workflows where there are none, and are published only when that is asked for', async () => {
    const name = `New ${uuidv7()}`;
    const folder = join(home, name.replaceAll(' ', '-'));
    await named(`${name} source`);
    await cli(`workflows export --out ${folder}`, {}, `${name} source`);
    const [slug = ''] = readdirSync(folder);
    const file = join(folder, slug, 'workflow.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(`${name} source`, name));
    expect(await cli(`workflows import ${file} --publish --json --note first`)).toBe(0);
    expect(json()).toMatchObject([{ name, result: 'created', published: 1 }]);
    expect(await cli(`workflows import ${file} --publish --json`)).toBe(0);
    expect(json()).toMatchObject([{ name, result: 'unchanged', published: null }]);
    writeFileSync(file, '{"nodes": 3}');
    expect(await cli(`workflows import ${file}`)).toBe(2);
    expect(err.at(-1)).toContain('is no workflow');
  });
});

describe('a YAML file that is an attack on its reader (A113)', () => {
  const level = (n: number) => `${String.fromCharCode(97 + n)}: &${String.fromCharCode(97 + n)}`;
  const bomb = (base: string, next: (alias: string) => string) =>
    Array.from({ length: 9 }, (_, n) => `${level(n)} ${n === 0 ? base : next(`*${String.fromCharCode(96 + n)}`)}`);
  const times = (text: string) => Array.from({ length: 9 }, () => text).join(', ');

  it.each([
    ['lists of lists by alias', bomb(`[${times('lol')}]`, (alias) => `[${times(alias)}]`).join('\n')],
    ['maps merged into maps', bomb('{ x: lol }', (alias) => `{ y: [${times(alias)}], <<: ${alias} }`).join('\n')],
    ['a drawing that holds itself', 'name: &name loop\ngraph: &graph\n  nodes: *graph\n  edges: *graph\n'],
    ['a list that holds itself', '&all [*all, *all]'],
    ['twenty thousand aliases', `name: &n x\nlist:\n${'  - *n\n'.repeat(20_000)}`],
    ['a tag that would make an object', 'name: !!js/function "function () { return process }"\n'],
  ])('is refused: %s; nothing is made', async (what, text) => {
    const file = join(home, `${what.replaceAll(' ', '-')}.yaml`);
    writeFileSync(file, text);
    const count = async () => (await doors.database.pool.query('SELECT FROM workflow')).rowCount;
    const before = await count();
    expect(await cli(`workflows import ${file}`)).toBe(2);
    expect(err.at(-1)).toMatch(/cannot be read|is no workflow/);
    expect(await count()).toBe(before);
  });
});

it('obeys no control character of others in a terminal', async () => {
  await named(`Red ${String.fromCharCode(27)}[31m alert`).catch(() => undefined);
  await cli('events send hello', {}, '--data', JSON.stringify({ text: '\u001b[2J' }));
  expect(await cli('events list')).toBe(0);
  expect(await cli('workflows list')).toBe(0);
  // eslint-disable-next-line no-control-regex -- that is what must not be there
  expect(printed()).not.toMatch(/\u001b/);
});

describe('a hostile server', () => {
  const answering = async (args: string, body: unknown, status = 200): Promise<number> => {
    [out, err] = [[], []];
    const answer = async () => new Response(JSON.stringify(body), { status });
    return runCli(args.split(' '), {
      variables: { SAGAWRIGHT_URL: 'https://hostile.example', SAGAWRIGHT_API_KEY: 'k' },
      home,
      fetch: answer as typeof fetch,
      input: (async function* () {})(),
      print: (text) => void out.push(text),
      complain: (text) => void err.push(text),
      signal: new AbortController().signal,
    });
  };
  const ORDERS = '\u001b[2J\u009b31m\u0007\r';

  it.each([
    ['runs list', { type: 't', title: 't', status: 400, code: 'x', detail: ORDERS, instance: ORDERS }, 400],
    ['dead-letters redrive a', { redriven: 0, failed: [{ id: 'a', code: ORDERS, message: ORDERS }] }, 200],
    ['dead-letters redrive a --json', { redriven: 0, failed: [{ id: 'a', code: ORDERS, message: ORDERS }] }, 200],
    ['events send t', { position: 1, runs: [{ runId: ORDERS, url: ORDERS }], woken: 0, duplicate: false }, 202],
  ])('gives a terminal nothing to obey by %s', async (args, body, status) => {
    await answering(args, body, status);
    const shown = [...out, ...err].join('');
    expect(shown).toMatch(/31m/);
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('writes nothing outside of the folder of an export', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sagawright-export-'));
    const items = ['/../../../a', '/../../../b'].map((id) => ({ id, name: 'Orders' }));
    expect(await answering(`workflows export --out ${join(folder, 'deep', 'er')}`, { items, nextCursor: null })).toBe(
      2,
    );
    expect(err.join('')).toMatch(/folder/);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
