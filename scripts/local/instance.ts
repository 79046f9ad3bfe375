/**
 * The whole product on this machine, as `npm start` and `npm run dev` have it: real PostgreSQL (embedded unless
 * `DATABASE_URL` is set), Redis when there is one (else BullMQ's PostgreSQL backend), the demo shop, the backend with
 * the web app, one worker. Every refusal is one line that names the way out.
 */
import { join } from 'node:path';
import { startPostgres, startRedis } from '@sagawright/shared/server';
import { type Program, createChildren } from './children.js';
import { StartRefusal, claimDataDir, forgetRunning, openDataDir, rememberRunning, sealingKey } from './data-dir.js';
import { freePort, isPortFree } from './ports.js';
import { root } from './root.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Starts everything and keeps it running until a signal comes.
 *
 * @param options.watch restart the programs when their build changes
 * @throws StartRefusal with one line to show
 */
export async function runInstance(options: {
  watch: boolean;
  extraStops?: readonly (() => Promise<void>)[];
}): Promise<void> {
  const startedAt = performance.now();
  const host = process.env['HOST'] ?? '127.0.0.1';
  const port = readPort(process.env['PORT'] ?? '3000');
  const publicUrl = process.env['PUBLIC_URL'] ?? `http://${host === '0.0.0.0' ? 'localhost' : host}:${port}`;
  const dataDir = openDataDir();
  claimDataDir(dataDir);
  if (!(await isPortFree(port, host))) {
    throw new StartRefusal(
      `Port ${port} on ${host} is in use by another program. Choose another: PORT=${port + 1} npm start`,
    );
  }
  // From here on an interrupt must wait until what was started can be stopped in order.
  let interrupted = false;
  const stops: (() => Promise<void>)[] = [...(options.extraStops ?? [])];
  let stopped: Promise<void> | undefined;
  const stopAll = (): Promise<void> =>
    (stopped ??= (async () => {
      for (const stop of stops.reverse()) await stop();
      forgetRunning(dataDir);
    })());
  const onSignal = (): void => {
    if (interrupted) return;
    interrupted = true;
    say('\nStopping: finishing what is in flight ...');
    void stopAll().then(() => {
      say('Stopped. Your data is kept.');
      process.exit(0);
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

  try {
    await bringUp();
  } catch (error) {
    // An interrupt during the start already stops everything.
    if (interrupted) return;
    await stopAll();
    throw error;
  }

  async function bringUp(): Promise<void> {
    const log = (line: string): void => {
      if (process.env['LOG_LEVEL'] === 'debug') say(line);
    };
    let databaseUrl = process.env['DATABASE_URL'];
    if (databaseUrl === undefined) {
      const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), log }).catch((error: Error) => {
        throw new StartRefusal(
          `The embedded PostgreSQL did not start: ${error.message}. Set DATABASE_URL to use your own.`,
        );
      });
      databaseUrl = postgres.url;
      stops.push(() => postgres.stop());
    }
    let redisUrl = process.env['REDIS_URL'];
    if (redisUrl === undefined) {
      const redis = await startRedis({ dataDir: join(dataDir, 'redis') });
      if (redis !== null) {
        redisUrl = redis.url;
        stops.push(() => redis.stop());
      }
    }
    const demoShopPort = await freePort('127.0.0.1');
    const demoShopUrl = `http://127.0.0.1:${demoShopPort}`;
    const env: Record<string, string> = {
      MODE: 'local',
      HOST: host,
      PORT: String(port),
      PUBLIC_URL: publicUrl,
      DATABASE_URL: databaseUrl,
      SAGAWRIGHT_KEY: sealingKey(dataDir),
      DEMO_SHOP_URL: demoShopUrl,
      // The demo shop is the one private address that local mode may call.
      EGRESS_ALLOW: [process.env['EGRESS_ALLOW'], `127.0.0.1:${demoShopPort}`].filter(Boolean).join(','),
      WEB_ROOT: join(root, 'frontend', 'dist'),
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    };

    let signInLink: string | undefined;
    let refusal: string | undefined;
    let up = false;
    const children = createChildren({
      logDir: join(dataDir, 'logs'),
      watch: options.watch,
      onDeath: say,
      isUp: () => up,
      onFatal: (program, lastLine) => {
        refusal = `${program.name} did not start: ${messageOf(lastLine)}`;
      },
      onOutput: (program, text) => {
        if (program.name === 'backend') signInLink ??= /"signInLink":"([^"]+)"/.exec(text)?.[1];
      },
      changed: () => rememberRunning(dataDir, { pid: process.pid, url: publicUrl, children: children.pids() }),
    });
    stops.push(() => children.stop(15_000));

    const programs: Program[] = [
      {
        name: 'demo-shop',
        script: join(root, 'backend/dist/demo-shop/main.js'),
        env: {
          DEMO_SHOP_PORT: String(demoShopPort),
          DEMO_SHOP_DATA: join(dataDir, 'demo-shop.jsonl'),
          LOG_LEVEL: 'warn',
        },
      },
      { name: 'backend', script: join(root, 'backend/dist/main.js'), env },
    ];
    for (const program of programs) children.start(program);
    await untilReady(
      `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/health/ready`,
      () => refusal ?? (interrupted ? 'interrupted' : undefined),
    );
    if (interrupted) return;
    up = true;
    // The worker comes last: the backend brings the tables up to date.
    children.start({ name: 'worker', script: join(root, 'workers/dist/main.js'), env });

    say('');
    say(`Sagawright is ready in ${((performance.now() - startedAt) / 1000).toFixed(1)} s:  ${publicUrl}`);
    if (signInLink !== undefined) say(`Sign in (one-time link): ${signInLink}`);
    say(
      redisUrl === undefined
        ? 'Queue: no Redis found, using BullMQ on PostgreSQL (install redis-server or set REDIS_URL to change that).'
        : 'Queue: BullMQ on Redis.',
    );
    say(`Data: ${dataDir}   Stop: Ctrl-C`);
  }
}

/** Programs log JSON lines; people read the message in them. */
function messageOf(line: string): string {
  try {
    return String((JSON.parse(line) as { msg?: unknown }).msg ?? line);
  } catch {
    return line;
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new StartRefusal(`PORT must be a number from 1 to 65535, not '${text}'.`);
  return port;
}

/** Asks until the backend says it is ready; gives up with the refusal's line, or after a minute. */
async function untilReady(url: string, refused: () => string | undefined): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const reason = refused();
    if (reason === 'interrupted') return;
    if (reason !== undefined) throw new StartRefusal(reason);
    if (performance.now() > deadline)
      throw new StartRefusal(
        `The backend did not become ready within a minute. Its log is in the data folder, logs/backend.log.`,
      );
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
