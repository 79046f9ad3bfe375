/** One server-sent event. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  /** null when the stream has not said any yet. */
  readonly id: string | null;
}

/** Cuts a text stream into events; keeps what is not complete yet (HTML standard, section 9.2.6). */
export function createEventParser(onEvent: (event: ServerSentEvent) => void): (chunk: string) => void {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let id: string | null = null;
  const line = (text: string): void => {
    if (text === '') {
      if (data.length > 0) onEvent({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
      event = '';
      data = [];
      return;
    }
    if (text.startsWith(':')) return;
    const colon = text.indexOf(':');
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
  };
  let pieces: string[] = [];
  return (chunk) => {
    pieces.push(chunk);
    // A line of megabytes is looked at once, not anew with each piece of it.
    if (!/[\r\n]/.test(chunk) && !rest.endsWith('\r')) return;
    const lines = (rest + pieces.join('')).split(/\r\n|\n|\r(?!$)/);
    pieces = [];
    rest = lines.pop() ?? '';
    for (const each of lines) line(each);
  };
}
