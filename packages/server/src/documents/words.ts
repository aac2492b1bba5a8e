/** Figures in words, as the reports put them. */

import { countText, groupDigits } from '../report/text-table.ts';
import type { Figure } from './document.ts';

export { msText as ms, percentText as percent, usdText as usd } from '../report/text-table.ts';

/** Changes beyond this are told as multiples: a percentage of thousands says little. */
const FOLD_MIN = 10;

/** What a report says instead of a comparison. */
export const NO_EARLIER = 'There is no earlier period to compare with: the ledger has too little of it.';

/** What a report says of a time without requests. Somebody who has just replayed an old trace looks for them in vain. */
export const NO_REQUESTS =
  'There were no requests in this time. They keep their own timestamps: those of an old trace are in its own year.';

/** Whether more of a figure is good, bad, or neither. */
export type Taste = 'more' | 'less' | 'neither';

/** An amount that is an estimate, in dollars and cents: `$1,234.50`. */
export function cents(value: number): string {
  return `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** A whole number, or one with three digits. */
export function count(value: number): string {
  return groupDigits(
    value < 100 && !Number.isInteger(value) ? Number(value.toPrecision(3)) : Math.round(value),
  );
}

/** `1 request`, `2 requests`. */
export function requests(value: number): string {
  return countText(value, 'request');
}

/** The relative change of a figure, with whether it is a good one; null where nothing was before. */
export function changeOf(now: number | null, before: number | null, taste: Taste): Figure['change'] {
  if (now === null || before === null || before === 0) return null;
  const change = now / before - 1;
  const text =
    change > FOLD_MIN
      ? `× ${groupDigits(Math.round(change + 1))}`
      : `${change > 0 ? '+' : change < 0 ? '−' : '±'}${(Math.abs(change) * 100).toFixed(1)} %`;
  // What would be shown as no change is none.
  if (taste === 'neither' || Math.abs(change) < 0.0005) return { text, sense: 'neutral' };
  return { text, sense: change > 0 === (taste === 'more') ? 'better' : 'worse' };
}

/** `rose by 12.3 %`, `fell by 4.0 %`, `stayed the same`. */
export function moved(now: number, before: number): string {
  if (before === 0) return now === 0 ? 'stayed at nothing' : 'began, from nothing before';
  const change = now / before - 1;
  if (Math.abs(change) < 0.0005) return 'stayed the same';
  if (change > FOLD_MIN) return `rose to ${groupDigits(Math.round(change + 1))} times as much`;
  return `${change > 0 ? 'rose' : 'fell'} by ${(Math.abs(change) * 100).toFixed(1)} %`;
}

/** What stands below a table that has fewer groups than there are; null where it has them all. */
export function shownNote(shown: number, groups: number, truncated: boolean): string | null {
  return shown < groups || truncated
    ? `The ${shown} with the most requests; the query has the others.`
    : null;
}

/** The values of a group, e.g. `openai / gpt-4o`. */
export function nameOf(key: Readonly<Record<string, string>>): string {
  const values = Object.values(key);
  return values.length === 0 ? 'all requests' : values.map((value) => value || '(none)').join(' / ');
}

/** A path of the API with its query. */
export function pathTo(path: string, query: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === null || value === '' ? [] : [[name, value]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
