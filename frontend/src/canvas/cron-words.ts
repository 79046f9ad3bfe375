/**
 * Reads a cron expression in plain words: `0 9 * * 1-5` is `At 09:00, Monday to Friday`.
 *
 * Five fields, or six with seconds first. Each field is `*`, a number or name, a range, a step, or a list of these; `L` is
 * the last day of the month. What is none of that gives null. The server decides what a schedule does; this only tells.
 */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

interface Part {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Stood as `*`. */
  readonly any: boolean;
}

interface FieldKind {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const SECONDS: FieldKind = { min: 0, max: 59 };
const HOURS: FieldKind = { min: 0, max: 23 };
const MONTH_DAYS: FieldKind = { min: 1, max: 31 };
const MONTH_FIELD: FieldKind = { min: 1, max: 12, names: ['', ...MONTHS] };
const WEEK_DAYS: FieldKind = { min: 0, max: 7, names: [...DAYS, 'Sunday'] };

/** @returns null when the expression cannot be read */
export function cronInWords(expression: string): string | null {
  const written = expression.trim().split(/\s+/);
  const [second, minute, hour, day, month, weekday] = written.length === 5 ? ['0', ...written] : written;
  if (written.length < 5 || written.length > 6) return null;
  const lastDay = day?.toUpperCase() === 'L';
  const fields = {
    seconds: read(second, SECONDS),
    minutes: read(minute, SECONDS),
    hours: read(hour, HOURS),
    days: lastDay ? [] : read(day, MONTH_DAYS),
    months: read(month, MONTH_FIELD),
    weekdays: read(weekday, WEEK_DAYS),
  };
  const { seconds, minutes, hours, days, months, weekdays } = fields;
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) return null;

  const when = [
    lastDay ? 'on the last day of the month' : isAny(days) ? '' : `on day ${listed(days)} of the month`,
    isAny(weekdays) ? '' : listed(weekdays, WEEK_DAYS.names),
  ].filter((part) => part !== '');
  const dates = [when.join(' or '), isAny(months) ? '' : `in ${listed(months, MONTH_FIELD.names)}`];
  const text = [timeWords(seconds, minutes, hours, when.length === 0), ...dates]
    .filter((part) => part !== '')
    .join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function read(text: string | undefined, kind: FieldKind): Part[] | null {
  if (text === undefined || text === '') return null;
  const parts = text.split(',').map((each) => readPart(each, kind));
  return parts.every((part) => part !== null) ? parts : null;
}

function readPart(text: string, kind: FieldKind): Part | null {
  const [range = '', step, ...more] = text.split('/');
  const every = step === undefined ? 1 : Number(step);
  if (more.length > 0 || !Number.isInteger(every) || every < 1) return null;
  if (range === '*' || range === '?') return { from: kind.min, to: kind.max, step: every, any: true };
  const [first = '', last, ...rest] = range.split('-');
  const from = numberOf(first, kind);
  const to = last === undefined ? (step === undefined ? from : kind.max) : numberOf(last, kind);
  if (rest.length > 0 || from === null || to === null || to < from) return null;
  return { from, to, step: every, any: false };
}

function numberOf(text: string, { min, max, names }: FieldKind): number | null {
  const named = names?.findIndex((name) => name !== '' && name.slice(0, 3).toLowerCase() === text.toLowerCase()) ?? -1;
  const number = named >= 0 ? named : /^\d+$/.test(text) ? Number(text) : NaN;
  return number >= min && number <= max ? number : null;
}

const isAny = (parts: readonly Part[]) => parts.length === 1 && parts[0]?.any === true && parts[0].step === 1;

/** The one number of a field that has but one. */
function single(parts: readonly Part[]): number | null {
  const [part] = parts;
  return parts.length === 1 && part && !part.any && part.from === part.to ? part.from : null;
}

/** `n` of a field that reads "every n". */
function stepOf(parts: readonly Part[]): number | null {
  const [part] = parts;
  return parts.length === 1 && part?.any === true && part.step > 1 ? part.step : null;
}

/** All numbers of a field, when they are few enough to be said one by one. */
function singles(parts: readonly Part[]): number[] | null {
  const numbers = parts.flatMap((part) => (part.from === part.to ? [part.from] : []));
  return numbers.length === parts.length ? numbers : null;
}

const two = (number: number) => String(number).padStart(2, '0');
const joined = (words: readonly string[]) =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`;

function listed(parts: readonly Part[], names?: readonly string[]): string {
  const name = (number: number) => names?.[number] ?? String(number);
  return joined(
    parts.map((part) => {
      const step = part.step === 1 ? '' : `every ${ordinal(part.step)} of `;
      if (part.any) return part.step === 1 ? 'every' : `every ${ordinal(part.step)}`;
      return part.from === part.to ? name(part.from) : `${step}${name(part.from)} to ${name(part.to)}`;
    }),
  );
}

function ordinal(number: number): string {
  const tail = number % 10;
  const teen = Math.floor((number % 100) / 10) === 1;
  return `${number}${teen || tail === 0 || tail > 3 ? 'th' : (['st', 'nd', 'rd'][tail - 1] ?? 'th')}`;
}

function timeWords(seconds: readonly Part[], minutes: readonly Part[], hours: readonly Part[], daily: boolean): string {
  const second = single(seconds);
  const minute = single(minutes);
  const hoursGiven = singles(hours);
  if (second !== null && minute !== null && hoursGiven && !isAny(hours)) {
    const tail = second === 0 ? '' : `:${two(second)}`;
    return `at ${joined(hoursGiven.map((hour) => `${two(hour)}:${two(minute)}${tail}`))}${daily ? ', every day' : ''}`;
  }
  const within = isAny(hours) ? '' : hourWords(hours);
  if (second !== 0) return `${secondWords(seconds)}${isAny(minutes) ? '' : ` of minute ${listed(minutes)}`}${within}`;
  if (isAny(minutes)) return `every minute${within}`;
  const every = stepOf(minutes);
  if (every !== null) return `every ${every} minutes${within}`;
  const hourStep = stepOf(hours);
  const past = minute === 0 ? '' : `, at minute ${listed(minutes)}`;
  if (hourStep !== null) return `every ${hourStep} hours${past}`;
  if (isAny(hours)) return minute === 0 ? 'every hour' : `every hour${past}`;
  return `at minute ${listed(minutes)}${within}`;
}

function secondWords(seconds: readonly Part[]): string {
  const every = stepOf(seconds);
  if (isAny(seconds)) return 'every second';
  return every === null ? `at second ${listed(seconds)}` : `every ${every} seconds`;
}

function hourWords(hours: readonly Part[]): string {
  const every = stepOf(hours);
  return every === null ? `, in the hours ${listed(hours)}` : `, every ${every} hours`;
}
