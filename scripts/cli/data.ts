import { readFileSync } from 'node:fs';
import { UsageError } from './world.js';
import type { Call } from './world.js';

/** JSON from an option: itself, `@file`, or `-` for standard input. @throws UsageError */
export async function jsonOption(call: Call, name: string): Promise<unknown> {
  const value = call.options[name];
  if (typeof value !== 'string') return undefined;
  const source = value === '-' ? await readInput(call) : value.startsWith('@') ? readGiven(value.slice(1)) : value;
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    throw new UsageError(
      `--${name} is not JSON (${(error as Error).message}); give JSON, @file or - for standard input.`,
    );
  }
}

export async function readInput({ world }: Pick<Call, 'world'>): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of world.input) chunks.push(chunk.toString());
  return chunks.join('');
}

function readGiven(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as Error).message}).`);
  }
}
