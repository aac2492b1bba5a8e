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

/** Exact dollars as people read them: `$1,234.5000`, `−$0.2500`; what would be shown as nothing is exact. */
export function usdText(exact: string): string {
  const text = roundedMoneyText(exact);
  return text.startsWith('-') ? `−$${text.slice(1)}` : `$${text}`;
}

/** `12.3 %`, `−4.0 %`, `1,031.8 %`, or `–` for nothing. */
export function percentText(ratio: number | null, digits = 1): string {
  if (ratio === null) return '–';
  const text = (Math.abs(ratio) * 100).toFixed(digits);
  return `${ratio < 0 && Number(text) !== 0 ? '−' : ''}${groupedText(text)} %`;
}

/** `1,234 ms`, below ten with a digit behind the point, or `–` for nothing. */
export function msText(value: number | null): string {
  return value === null
    ? '–'
    : `${groupDigits(value < 10 ? Number(value.toFixed(1)) : Math.round(value))} ms`;
}

/** `1 request`, `2 requests`; another plural if it is given. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : many}`;
}

/** The whole part of a decimal text in groups of three digits. */
function groupedText(text: string): string {
  return text.replace(/\B(?<!\..*)(?=(?:\d{3})+(?:\.|$))/g, ',');
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
