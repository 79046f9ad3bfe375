/** The plot of a soak: one small chart per figure, in plain SVG. */
import { settled, trendOf } from './trend.js';
import type { Sample } from './trend.js';

export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly Sample[];
}

const COLUMNS = 2;
const CELL = { width: 420, height: 150 };
const CHART = { left: 64, top: 34, width: 336, height: 84 };

export function plot(title: string, series: readonly Series[]): string {
  const rows = Math.ceil(series.length / COLUMNS);
  const width = COLUMNS * CELL.width;
  const height = rows * CELL.height + 40;
  const charts = series.map((each, index) => {
    const x = (index % COLUMNS) * CELL.width;
    const y = 40 + Math.floor(index / COLUMNS) * CELL.height;
    return `<g transform="translate(${x} ${y})">${chart(each)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="24" font-size="15" fill="#1f2933">${escaped(title)}</text>`,
    ...charts,
    '</svg>',
    '',
  ].join('\n');
}

/** From nothing upwards, so that what hardly changes looks like it; the dashed line is the trend that is judged. */
function chart({ name, unit, samples }: Series): string {
  const last = samples.at(-1)?.at ?? 1;
  const top = Math.max(...samples.map(({ value }) => value), 1e-9) * 1.1;
  const x = (at: number): string => (CHART.left + (at / Math.max(last, 1)) * CHART.width).toFixed(1);
  const y = (value: number): string => (CHART.top + CHART.height * (1 - value / top)).toFixed(1);
  const line = samples.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ');
  const judged = settled(samples);
  const { mean, perHour } = trendOf(judged);
  const [from, to] = [judged[0]?.at ?? 0, last];
  const onTrend = (at: number): number => mean + ((at - (from + to) / 2) * perHour) / 3600;
  const bottom = CHART.top + CHART.height;
  return [
    `<text x="${CHART.left}" y="20" fill="#1f2933">${escaped(name)}</text>`,
    `<line x1="${CHART.left}" y1="${bottom}" x2="${CHART.left + CHART.width}" y2="${bottom}" stroke="#9aa5b1"/>`,
    `<line x1="${CHART.left}" y1="${CHART.top}" x2="${CHART.left}" y2="${bottom}" stroke="#9aa5b1"/>`,
    `<text x="${CHART.left - 6}" y="${CHART.top + 8}" text-anchor="end" fill="#52606d">${shown(top)}</text>`,
    `<text x="${CHART.left - 6}" y="${bottom}" text-anchor="end" fill="#52606d">0</text>`,
    `<text x="${CHART.left - 6}" y="${CHART.top + 22}" text-anchor="end" fill="#52606d">${escaped(unit)}</text>`,
    `<text x="${CHART.left + CHART.width}" y="${bottom + 14}" text-anchor="end" fill="#52606d">${(last / 60).toFixed(1)} min</text>`,
    `<polyline points="${line}" fill="none" stroke="#2563eb" stroke-width="1.5"/>`,
    `<line x1="${x(from)}" y1="${y(onTrend(from))}" x2="${x(to)}" y2="${y(onTrend(to))}" stroke="#b45309" stroke-dasharray="5 4"/>`,
  ].join('');
}

export function shown(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
