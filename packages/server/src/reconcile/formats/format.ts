/** What a format of bills is: the columns that give it away, and how a line is read. */

import { parseUsd } from '@bellwether/events';
import { BillError, type BillItem } from '../bill.ts';

/** A line by its columns, whose names are in lower case without punctuation: `lineItem/UsageType` is `lineitemusagetype`. */
export type Line = Readonly<Record<string, string>>;

export interface BillFormat {
  /** Shown to people. */
  readonly title: string;
  /** Columns, all of which a file of this format has. */
  readonly columns: readonly string[];
  /** Reads a line; null for one of another service, or without a figure. */
  read(line: Line): BillItem | null;
}

/** A column's name as formats write it. */
export function columnName(header: string): string {
  return header.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The first of these columns that the line has and that is not empty. */
export function firstOf(line: Line, ...columns: readonly string[]): string {
  for (const column of columns) {
    const value = line[column]?.trim();
    if (value !== undefined && value !== '') return value;
  }
  return '';
}

/**
 * An amount in dollars; null for an empty cell.
 *
 * @throws BillError for what is no number, and for another currency: a bill is compared in the currency it is in.
 */
export function dollars(text: string, currency: string): bigint | null {
  if (text === '') return null;
  const amount = parseUsd(text.replace(/^\$/, '').replaceAll(',', ''));
  if (amount === null) throw new BillError(`"${text}" is not an amount`);
  if (amount !== 0n && currency !== '' && currency.toLowerCase() !== 'usd')
    throw new BillError(`the amount is in ${currency}; export the bill in US dollars`);
  return amount;
}

/**
 * A quantity times its unit, rounded to whole tokens; null for an empty cell.
 *
 * @throws BillError for what is no number.
 */
export function tokensOf(quantity: string, unit: bigint): bigint | null {
  if (quantity === '') return null;
  // A quantity is a decimal like an amount, and read as exactly.
  const pico = parseUsd(quantity.replaceAll(',', ''));
  if (pico === null) throw new BillError(`"${quantity}" is not a quantity`);
  const scale = 10n ** 12n;
  return (pico * unit + scale / 2n) / scale;
}

/** How many tokens a unit like `1K`, `1M Tokens` or `1000 tokens` is; null if it is no unit of tokens. */
export function tokenUnit(unit: string): bigint | null {
  const match = /^(\d{1,12})?\s*([km])?\s*(tokens?)?$/i.exec(unit.trim());
  if (match === null || unit.trim() === '') return null;
  const [, count = '1', letter = ''] = match;
  const factor = { k: 1000n, m: 1_000_000n, '': 1n }[letter.toLowerCase()] ?? 1n;
  return BigInt(count) * factor;
}

/**
 * The day of a date or time: ISO 8601, or month/day/year as spreadsheets write it.
 *
 * @throws BillError for anything else.
 */
export function dayOf(text: string): string {
  const [, ...iso] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? [];
  const [, month = '', day = '', year = ''] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})/.exec(text) ?? [];
  const written =
    iso.length > 0 ? iso.join('-') : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const atMs = Date.parse(`${written}T00:00:00Z`);
  // Of a day that a month does not have, `Date` makes one of the next month.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== written)
    throw new BillError(`"${text}" is not a date`);
  return written;
}
