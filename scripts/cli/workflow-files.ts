/**
 * Workflows as files for git: a folder for each, with its drawing in it. Keys stand in the order that the interface gives,
 * which stays the same, so that a change of a field is a change of a line.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { documentSchema } from '@sagawright/shared/contracts';
import type { Graph } from '@sagawright/shared/graph';
import { parse, stringify } from 'yaml';
import { UsageError } from './world.js';

export type FileFormat = 'json' | 'yaml';

export interface WorkflowFile {
  readonly path: string;
  readonly name: string;
  readonly graph: Graph;
}

const FILES = { json: 'workflow.json', yaml: 'workflow.yaml' } as const;

/**
 * @returns where it was written; null = it was there just so
 * @throws UsageError when the slug, which may come from an id of the server, leads out of the folder
 */
export function writeWorkflow(folder: string, slug: string, document: object, format: FileFormat): string | null {
  if (!/^[a-z0-9-]+$/.test(slug))
    throw new UsageError(`A workflow cannot be kept in a folder "${slug}"; the server gave it an unusual id.`);
  const path = join(folder, slug, FILES[format]);
  const text = format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document, { lineWidth: 120 });
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return null;
  mkdirSync(join(folder, slug), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A name as a folder; equal ones are told apart by the beginning of their id. */
export function slugsOf(workflows: readonly { readonly id: string; readonly name: string }[]): Map<string, string> {
  const slug = (name: string): string =>
    name
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'workflow';
  const counts = new Map<string, number>();
  for (const { name } of workflows) counts.set(slug(name), (counts.get(slug(name)) ?? 0) + 1);
  return new Map(
    workflows.map(({ id, name }) => [id, counts.get(slug(name)) === 1 ? slug(name) : `${slug(name)}-${id.slice(-12)}`]),
  );
}

/** The drawings of a file, of a workflow's folder, or of a folder of such. @throws UsageError */
export function readWorkflows(path: string): WorkflowFile[] {
  if (!existsSync(path)) throw new UsageError(`There is no file or folder ${path}.`);
  const files = filesIn(path);
  if (files.length === 0) {
    throw new UsageError(`${path} holds no workflow; export one with "sagawright workflows export --out ${path}".`);
  }
  return files.map(readWorkflow);
}

function filesIn(path: string): string[] {
  if (/\.(json|ya?ml)$/.test(path)) return [path];
  const own = Object.values(FILES).map((file) => join(path, file));
  const below = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => Object.values(FILES).map((file) => join(path, entry.name, file)));
  return [...own, ...below].filter((file) => existsSync(file));
}

function readWorkflow(path: string): WorkflowFile {
  let document: Record<string, unknown>;
  try {
    const source = readFileSync(path, 'utf8');
    document = (path.endsWith('.json') ? JSON.parse(source) : parse(source)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as Error).message}).`);
  }
  const { name, ...graph } = document;
  const read = documentSchema.safeParse(graph);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new UsageError(`${path} is no workflow: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim());
  }
  return { path, name: typeof name === 'string' ? name : basename(path), graph: read.data };
}
