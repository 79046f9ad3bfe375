import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { WEBHOOK_PROVIDER_IDS, webhookProvider } from '../index.js';
import type { VerificationScheme, WebhookProvider } from '../index.js';
import { nameOf } from '../source.js';

const FILE = new URL('../../../../docs/webhooks.md', import.meta.url);
const BEGIN = '<!-- providers -->';
const END = '<!-- end of providers -->';

const code = (text: string) => `\`${text}\``;

function proofOf(scheme: VerificationScheme): string {
  switch (scheme.kind) {
    case 'hmac':
    case 'hash':
    case 'public-key': {
      const { at } = scheme.signature;
      const place = code(at.from === 'headers' ? at.names.slice(0, 2).join(', ') : nameOf(at).replace('header:', ''));
      const how =
        scheme.kind === 'hmac' ? `HMAC ${scheme.algorithm}` : scheme.kind === 'hash' ? 'plain hash' : 'public key';
      return `${how} in ${place}${scheme.unsignedBody ? '; not the whole body' : ''}`;
    }
    case 'jwt':
      return `token (${scheme.algorithms.join(', ')}) in ${code(nameOf(scheme.token).replace('header:', ''))}`;
    case 'shared-secret':
      return scheme.at.from === 'json-each'
        ? `shared secret in ${code('json')}`
        : `shared secret in ${code(nameOf(scheme.at).replace('header:', ''))}`;
    case 'unsigned':
      return scheme.refetch ? 'nothing: look it up' : 'nothing';
  }
}

function toleranceOf({ timestamp }: VerificationScheme): string {
  if (timestamp === null) return '-';
  const minutes = timestamp.toleranceMs / 60_000;
  return minutes >= 120 ? `${minutes / 60} h` : `${minutes} min`;
}

const KNOWN_BY = { id: 'id', body: 'body', content: 'all that is signed', none: '-' } as const;
const MADE_BY = { us: 'the trigger’s own', provider: 'the provider’s', nobody: 'none' } as const;

function rowOf({ id, title, docs, scheme, handshakes, secret }: WebhookProvider): string[] {
  return [
    id === 'none' ? title : `[${title}](${docs})`,
    code(id),
    proofOf(scheme),
    toleranceOf(scheme),
    scheme.kind === 'unsigned' ? '-' : KNOWN_BY[scheme.dedup],
    handshakes.map(({ name }) => name).join(', ') || '-',
    secret.madeBy === 'nobody' ? '-' : `${secret.label} (${MADE_BY[secret.madeBy]})`,
  ];
}

function table(): string {
  const head = ['provider', '`scheme`', 'what is checked', 'time', 'repetition known by', 'handshakes', 'secret'];
  const rows = WEBHOOK_PROVIDER_IDS.flatMap((id) => webhookProvider(id) ?? []).map(rowOf);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Formatters align tables; what they say is in their cells. */
const cellsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replace(/^-+$/, '-')));

describe('docs/webhooks.md', () => {
  it('has the table of all providers; run this test with UPDATE_DOCS=1 when it has not', () => {
    const text = readFileSync(FILE, 'utf8');
    const [before = '', rest = ''] = text.split(BEGIN);
    const [written = '', after = ''] = rest.split(END);
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(FILE, `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`);
      return;
    }
    expect(cellsOf(written)).toEqual(cellsOf(table()));
  });
});
