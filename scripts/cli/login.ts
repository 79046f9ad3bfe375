import { createClient } from '@sagawright/shared/client';
import { readInput } from './data.js';
import { writeSettings } from './settings.js';
import { EXIT, UsageError } from './world.js';
import type { CliWorld } from './world.js';

export const LOGIN_USAGE = 'login [--url <address>]';

/** Takes the key from SAGAWRIGHT_API_KEY or standard input, never from an argument, which others could see. */
export async function login(world: CliWorld, url: string | undefined): Promise<number> {
  const { variables, print, fetch } = world;
  const baseUrl = (url ?? variables['SAGAWRIGHT_URL'] ?? 'http://127.0.0.1:3000').replace(/\/+$/, '');
  if (!URL.canParse(baseUrl)) throw new UsageError(`--url takes an address such as https://flows.example.com.`);
  const apiKey = (variables['SAGAWRIGHT_API_KEY'] ?? (await readInput({ world }))).trim();
  if (apiKey === '') throw new UsageError('Give the API key on standard input, or in SAGAWRIGHT_API_KEY.');
  const client = createClient({ baseUrl, apiKey, fetch, attempts: 1 });
  // Any scope will do: whether the key is known is told before whether it may.
  await client.listWorkflows({ query: { limit: 1 } }).catch((error: unknown) => {
    if (!(error instanceof Error && 'problem' in error && isForbidden(error.problem))) throw error;
  });
  print(`Logged in to ${baseUrl}; the key is kept in ${writeSettings(world, { url: baseUrl, apiKey })}.`);
  return EXIT.ok;
}

function isForbidden(problem: unknown): boolean {
  return typeof problem === 'object' && problem !== null && 'code' in problem && problem.code === 'auth.forbidden';
}
