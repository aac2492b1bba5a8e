/** Amounts beside each other as an SVG picture of its own, with the amounts written on it. */

import type { BarChart } from '../document.ts';
import { painted } from './colours.ts';
import { printableHtml as escapeHtml } from '../../html-text.ts';

const WIDTH = 680;
const NAMES = 250;
const AMOUNTS = 110;
const ROW = 24;
/** They fit also in the widest of the usual fonts, whose letters are 7 wide in the mean. */
const NAME_CHARACTERS_MAX = 34;

/** The picture. Negative amounts are drawn to their size in the colour of what is worse. */
export function barChartSvg({ title, bars }: BarChart): string {
  const most = Math.max(...bars.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  const rows = bars.map(({ name, value, text }, i) => {
    const y = i * ROW;
    const width = Math.max(1, (Math.abs(value) / most) * (WIDTH - NAMES - AMOUNTS));
    return `<text x="${NAMES - 8}" y="${y + 16}" text-anchor="end" ${painted('text', 'fill')}>${escapeHtml(shortened(name))}</text><rect x="${NAMES}" y="${y + 4}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="2" ${painted(value < 0 ? 'worse' : 'first', 'fill')}/><text x="${(NAMES + width + 6).toFixed(1)}" y="${y + 16}" ${painted('faint', 'fill')}>${escapeHtml(text)}</text>`;
  });
  const said = bars.map(({ name, text }) => `${name}: ${text}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${Math.max(1, bars.length) * ROW}" width="100%" font-family="system-ui,sans-serif" font-size="12"><title>${escapeHtml(title)}</title><desc>${escapeHtml(said)}</desc>${rows.join('')}</svg>`;
}

function shortened(name: string): string {
  const characters = Array.from(name);
  return characters.length <= NAME_CHARACTERS_MAX
    ? name
    : `${characters.slice(0, NAME_CHARACTERS_MAX - 1).join('')}…`;
}
