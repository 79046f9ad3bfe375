import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DIAGNOSTIC_IDS } from '@sagawright/shared/saga';

const text = readFileSync(new URL('../../docs/diagnostics.md', import.meta.url), 'utf8');
const sections = text.split(/^### /m).slice(1);

describe('docs/diagnostics.md', () => {
  it('explains every diagnostic, each once, and none that does not exist', () => {
    const explained = sections.map((section) => /^`([^`]+)`/.exec(section)?.[1]);
    expect([...explained].sort()).toEqual([...DIAGNOSTIC_IDS].sort());
  });

  it('gives each its level, its meaning, an example and the way out', () => {
    for (const section of sections)
      expect(section).toMatch(/^`[a-z.-]+`\n+_(Error|Warning|Hint)[^_]*\._ \S.+\n+- Example: .+\n- Way out: .+/);
  });
});
