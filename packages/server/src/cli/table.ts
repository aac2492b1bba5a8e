/** Text in columns, for people at a terminal. */

import { groupDigits } from '../report/text-table.ts';

/**
 * Rows as lines, each column as wide as its widest cell, two spaces apart. Control
 * characters are replaced: a value never controls the terminal it is shown on.
 *
 * @param left the columns that stand to the left; those after them are figures and stand to the right.
 */
export function formatTable(rows: readonly (readonly string[])[], left = Number.POSITIVE_INFINITY): string {
  const widths: number[] = [];
  const cells = rows.map((row) => row.map(printable));
  for (const row of cells) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) =>
            column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
          )
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** A text without control characters, which become U+FFFD. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\u{FFFD}');
}

/** That a list has not all there is. */
export function moreText(shown: number, leftOut: number): string {
  const [all, others] = [shown + leftOut, leftOut].map(groupDigits);
  return `${groupDigits(shown)} of ${all} are shown, those with the most requests; ${others} ${leftOut === 1 ? 'is' : 'are'} left out. --limit takes up to 50.`;
}
