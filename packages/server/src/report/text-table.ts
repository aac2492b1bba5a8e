/** Figures in columns, for terminals. */

import { divideHalfEven, formatUsd, PICO_PER_USD, parseUsd } from '@bellwether/events';

const PICO_PER_TENTH_MILL = 10n ** 8n;

/** Dollars to a hundredth of a cent from a dollar on, below that exactly. */
export function moneyText(exact: string): string {
  return (parseUsd(exact.replace('-', '')) ?? 0n) < PICO_PER_USD ? exact : roundedMoneyText(exact);
}

/** Dollars to a hundredth of a cent, for columns that are compared by eye; what would be shown as nothing is exact. */
export function roundedMoneyText(exact: string): string {
  const amount = parseUsd(exact.replace('-', '')) ?? 0n;
  const rounded = divideHalfEven(amount, PICO_PER_TENTH_MILL) * PICO_PER_TENTH_MILL;
  if (rounded === 0n && amount > 0n) return exact;
  const sign = exact.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = formatUsd(rounded).split('.');
  return `${sign}${groupDigits(Number(whole))}.${fraction.padEnd(4, '0')}`;
}

/** `1,234,567`. */
export function groupDigits(count: number): string {
  return count.toLocaleString('en-US');
}

/** Pads the columns: the first `left` to the left, the others to the right. */
export function alignTable(rows: readonly (readonly string[])[], left: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
