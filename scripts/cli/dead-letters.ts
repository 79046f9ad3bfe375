import { table } from './table.js';
import { EXIT, given, text } from './world.js';
import type { Command } from './world.js';

export const deadLetterCommands: readonly Command[] = [
  {
    usage: 'dead-letters list [--status <s>] [--kind <k>] [--type <t>] [--code <c>] [--search <text>] [--limit <n>]',
    about: 'What did not go on, and why; newest first',
    values: ['status', 'kind', 'type', 'code', 'search', 'limit'],
    run: async (call) => {
      const query = given(call, 'status', 'kind', 'type', 'code', 'search', 'limit');
      const { items } = await call.client.listDeadLetters({ query: query as never });
      call.show(
        items,
        table(
          ['LETTER', 'STATUS', 'KIND', 'TYPE', 'CODE', 'REASON', 'ATTEMPTS', 'LAST'],
          items.map((letter) => [
            letter.id,
            letter.status,
            letter.kind,
            letter.event.type,
            letter.code,
            letter.message,
            letter.attempts,
            letter.lastAt,
          ]),
        ),
      );
      return EXIT.ok;
    },
  },
  {
    usage: 'dead-letters redrive <letter>... [--note <text>]',
    about: 'Send letters again',
    values: ['note'],
    least: 1,
    most: 100,
    run: async (call) => {
      const body = { ids: [...call.args], note: text(call, 'note') ?? '' };
      const done = await call.client.redriveDeadLetters({ body });
      const failed = done.failed.map(({ id, code, message }) => `  ${id}  ${code}: ${message}`);
      call.show(done, [`Sent again: ${String(done.redriven)}, not: ${String(failed.length)}.`, ...failed].join('\n'));
      return failed.length === 0 ? EXIT.ok : EXIT.failed;
    },
  },
];
