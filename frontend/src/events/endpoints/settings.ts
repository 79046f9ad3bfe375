/** What a person types about an endpoint, and what is sent of it. */
import type { z } from 'zod';
import type { Endpoint, endpointSettingsSchema } from '@sagawright/shared/contracts';
import { CONTENT_BROKEN, contentOf } from '../content-filter.js';

export type EndpointSettings = z.input<typeof endpointSettingsSchema>;

/** Every field as its text. */
export interface Typed {
  readonly name: string;
  readonly url: string;
  readonly types: string;
  readonly filter: string;
  readonly headers: string;
  readonly perSecond: string;
}

export const BLANK: Typed = { name: '', url: '', types: '*', filter: '', headers: '', perSecond: '' };

export function typedOf({ name, url, types, filter, headers, perSecond }: Endpoint): Typed {
  return {
    name,
    url,
    types: types.join(', '),
    filter: filter === null ? '' : typeof filter === 'string' ? filter : JSON.stringify(filter, null, 2),
    headers: Object.entries(headers)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
    perSecond: perSecond === null ? '' : String(perSecond),
  };
}

export type Faults = Partial<Record<keyof Typed, string>>;

/** What is wrong before anything is sent; the rest the backend says. */
export function faultsOf({ name, url, types, filter, headers, perSecond }: Typed): Faults {
  return {
    ...(name.trim() === '' && { name: 'Give the endpoint a name.' }),
    ...(url.trim() === '' && { url: 'Say where the events are sent.' }),
    ...(wordsOf(types).length === 0 && { types: 'Name a type; * stands for every one.' }),
    ...(contentOf(filter) === undefined && { filter: CONTENT_BROKEN }),
    ...(linesOf(headers).some((line) => !/^[^:]+:/.test(line)) && { headers: 'Write one a line: Name: value' }),
    ...(perSecond.trim() !== '' && !(Number(perSecond) > 0) && { perSecond: 'Write a number, or leave it empty.' }),
  };
}

export function settingsOf({ name, url, types, filter, headers, perSecond }: Typed): EndpointSettings {
  return {
    name: name.trim(),
    url: url.trim(),
    types: wordsOf(types),
    filter: contentOf(filter) ?? null,
    headers: Object.fromEntries(
      linesOf(headers).map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
    ),
    perSecond: perSecond.trim() === '' ? null : Number(perSecond),
  };
}

const wordsOf = (text: string) => text.split(/[\s,]+/).filter((each) => each !== '');
const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
