/** What a re-rating changes, for a terminal. */

import { alignTable, groupDigits, moneyText } from '../report/text-table.ts';
import type { RerateDifference, RerateFigures } from './request.ts';
import type { Rerating } from './rerating-store.ts';

const titles = [
  'day',
  'provider',
  'model',
  'events',
  'former USD',
  'new USD',
  'difference USD',
  'had none',
  'has none',
];

/** The difference as text, ended by a newline. */
export function differenceText(difference: RerateDifference): string {
  const { from, to, examined, groups, total, versions } = difference;
  const range = `${from ?? 'the beginning'} to ${to ?? 'now'}`;
  if (total.events === 0) return `${groupDigits(examined)} events from ${range} keep their charges.\n`;
  const rows = groups.map((group) => [group.day, group.provider, group.model, ...cells(group)]);
  const table = alignTable([titles, ...rows, ['total', '', '', ...cells(total)]], 3);
  const lists = versions.map(
    ({ price_source: source, price_version: version, events }) =>
      `  ${groupDigits(events)} by ${source === '' ? 'no price list' : `${source} ${version}`}`,
  );
  const lines = [
    `${groupDigits(total.events)} of ${groupDigits(examined)} events from ${range} would be charged otherwise:`,
    ...table,
    'New charges:',
    ...lists,
  ];
  return `${lines.join('\n')}\n`;
}

function cells(figures: RerateFigures): string[] {
  return [
    groupDigits(figures.events),
    moneyText(figures.former_cost_usd),
    moneyText(figures.new_cost_usd),
    moneyText(figures.difference_usd),
    groupDigits(figures.former_unpriced),
    groupDigits(figures.new_unpriced),
  ];
}

/** Re-ratings as text, ended by a newline. */
export function ratingsText(ratings: readonly Rerating[]): string {
  if (ratings.length === 0) return 'Nothing was re-rated so far.\n';
  const rows = ratings.map(({ id, at, status, events, difference_usd: difference, undoes }) => [
    id,
    at,
    undoes === null ? status : `${status}, takes back ${undoes}`,
    groupDigits(events),
    moneyText(difference),
  ]);
  return `${alignTable([['id', 'at', 'status', 'events', 'difference USD'], ...rows], 3).join('\n')}\n`;
}
