import type { TailedEvent } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { jsonOption } from './data.js';
import { instantOption } from './instant.js';
import { plain, table } from './table.js';
import { EXIT, given } from './world.js';
import type { Command } from './world.js';

export const eventCommands: readonly Command[] = [
  {
    usage: 'events send <type> [--data <json>] [--source <uri>] [--id <id>] [--subject <text>]',
    about: 'Tell an event; --data takes JSON, @file or - for standard input',
    values: ['data', 'source', 'id', 'subject'],
    least: 1,
    run: async (call) => {
      const data = (await jsonOption(call, 'data')) as Json | undefined;
      const said = given(call, 'source', 'id', 'subject');
      const [type = ''] = call.args;
      const accepted = await call.client.sendEvent({
        body: { type, ...said, ...(data === undefined ? {} : { data }) },
      });
      const { position, duplicate, runs, woken } = accepted;
      const what = duplicate ? 'It was there already' : 'Stored';
      const started = runs.map(({ runId, url }) => `  ${runId}  ${url}`);
      const told = `${what} at position ${String(position)}; runs started: ${String(runs.length)}, woken: ${String(woken)}.`;
      call.show(accepted, [told, ...started].join('\n'));
      return EXIT.ok;
    },
  },
  {
    usage:
      'events list [--type <t>] [--source <s>] [--subject <s>] [--from <time>] [--to <time>] [--where <path=value>] [--limit <n>]',
    about:
      'Stored events, newest first; a text that ends in * stands for its beginning, a time may say how long ago (6h, 7d)',
    values: ['type', 'source', 'subject', 'from', 'to', 'where', 'limit'],
    run: async (call) => {
      const query = {
        ...given(call, 'type', 'source', 'subject', 'where', 'limit'),
        from: instantOption(call, 'from'),
        to: instantOption(call, 'to'),
      };
      const { items } = await call.client.listEvents({ query: query as never });
      call.show(
        items,
        table(
          ['POSITION', 'RECORDED', 'TYPE', 'SOURCE', 'ID', 'RUNS'],
          items.map(({ position, recordedAt, type, source, id, runs }) => [
            position,
            recordedAt,
            type,
            source,
            id,
            runs,
          ]),
        ),
      );
      return EXIT.ok;
    },
  },
  {
    usage: 'events tail [--type <t>] [--source <s>] [--subject <s>] [--pattern <json>] [--after <position>]',
    about: 'Events as they are stored, until you stop it; --pattern is a content pattern',
    values: ['type', 'source', 'subject', 'pattern', 'after'],
    run: async (call) => {
      const query = given(call, 'type', 'source', 'subject', 'pattern', 'after');
      if (call.options['json'] !== true) call.world.complain('Waiting for events; Ctrl-C ends it.');
      for await (const { data } of call.client.tailEvents({ query: query as never }, { signal: call.world.signal })) {
        const event = data as TailedEvent;
        const { position, recordedAt, type, source } = event;
        const told = [position, recordedAt, type, source, JSON.stringify(event.data)].map(String).join('  ');
        call.show(event, plain(told));
      }
      return EXIT.ok;
    },
  },
];
