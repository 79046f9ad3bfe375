import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('docs/expressions.md says of each kind of step what it gives, in the words of the editor', () => {
  const words = [...read('frontend/src/canvas/step-look.ts').matchAll(/^ {2}'?([a-z.-]+)'?: \{.*word: '(.+)' \},$/gm)];
  const nameOf = new Map(words.map(([, kind, name]) => [kind, name]));
  const outputs = [...read('frontend/src/editor/output-words.ts').matchAll(/^ {2}'?([a-z.-]+)'?: (?:'(.+)'|null),$/gm)];
  expect(outputs.length).toBe(nameOf.size);
  const [, table = ''] = read('docs/expressions.md').split('## What each kind of step gives');
  const rows = [...table.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)].map(([, name, gives]) => [name, gives]);
  const told = outputs.flatMap(([, kind, gives]) => (gives === undefined ? [] : [[nameOf.get(kind), gives]]));
  expect(rows.slice(0, told.length + 2).filter(([name]) => name !== 'step' && !name?.startsWith('--'))).toEqual(told);
});
