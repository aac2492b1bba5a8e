/** Values over time as an SVG picture of its own: no script, and a description for those who cannot see it. */

import { count } from '../words.ts';
import type { LineChart } from '../document.ts';
import { type Colour, painted } from './colours.ts';
import { printableHtml as escapeHtml } from '../../html-text.ts';

const WIDTH = 680;
const HEIGHT = 220;
const LEFT = 64;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 28;
const GRID_LINES = 4;

const strokes: readonly Colour[] = ['first', 'second', 'third'];

/** The picture. */
export function lineChartSvg({ title, unit, times, series }: LineChart): string {
  const known = series.flatMap(({ values }) => values.filter((value) => value !== null));
  const top = ceilingOf(Math.max(0, ...known));
  const x = (index: number): number =>
    times.length < 2
      ? (LEFT + WIDTH - RIGHT) / 2
      : LEFT + (index / (times.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const grid = Array.from({ length: GRID_LINES + 1 }, (_, i) => {
    const value = (top * i) / GRID_LINES;
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(y(value))}" y2="${fixed(y(value))}" ${painted('line', 'stroke')}/>${label(LEFT - 6, y(value) + 4, 'end', count(value))}`;
  });
  const marks = [...new Set([0, Math.floor((times.length - 1) / 2), times.length - 1])]
    .filter((index) => index >= 0)
    .map((index, i, all) =>
      label(
        x(index),
        HEIGHT - 8,
        i === 0 && all.length > 1 ? 'start' : i === all.length - 1 ? 'end' : 'middle',
        times[index] ?? '',
      ),
    );
  const lines = series.map(({ values }, i) => drawn(values, x, y, strokes[i % strokes.length] ?? 'first', i));
  const said = series.map(({ name, values }) => summary(name, values, unit)).join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" font-family="system-ui,sans-serif" font-size="11"><title>${escapeHtml(title)}</title><desc>${escapeHtml(said)}</desc>${grid.join('')}${marks.join('')}${lines.join('')}</svg>`;
}

/** The colour of a series, for the legend. */
export function strokeOf(index: number): Colour {
  return strokes[index % strokes.length] ?? 'first';
}

function label(x: number, y: number, anchor: string, text: string): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}" ${painted('faint', 'fill')}>${escapeHtml(text)}</text>`;
}

/** One line, broken where there is no value; a value alone is a dot. The second is dashed: colour is not all that tells them apart. */
function drawn(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
  colour: Colour,
  index: number,
): string {
  const runs: string[][] = [[]];
  for (const [i, value] of values.entries()) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push(`${fixed(x(i))},${fixed(y(value))}`);
  }
  const dash = index === 0 ? '' : ` stroke-dasharray="${index === 1 ? '6 3' : '2 3'}"`;
  return runs
    .filter(({ length }) => length > 0)
    .map((points) => {
      if (points.length > 1)
        return `<polyline points="${points.join(' ')}" fill="none" stroke-width="2" stroke-linejoin="round"${dash} ${painted(colour, 'stroke')}/>`;
      const [cx, cy] = (points[0] ?? '').split(',');
      return `<circle cx="${cx}" cy="${cy}" r="2.5" ${painted(colour, 'fill')}/>`;
    })
    .join('');
}

function summary(name: string, values: readonly (number | null)[], unit: string): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${name}: no values.`;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return `${name}: from ${count(least)} to ${count(most)} ${unit}, ${count(known.at(-1) ?? 0)} at the end.`;
}

/** The least round number that is not below and whose quarters, where the grid lines are, are round too. */
function ceilingOf(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 1.2, 1.6, 2, 2.4, 3, 4, 6, 8, 10].find((step) => step * power >= value) ?? 10);
}

function fixed(value: number): string {
  return value.toFixed(1);
}
