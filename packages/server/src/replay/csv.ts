/** The plain CSV of trace files: a header, no quotes, cells by the header's names. */

import { badRow } from './trace.ts';

/** The positions of the named columns in a header line. */
export function columnsOf(header: string, names: readonly string[], row: number): readonly number[] {
  const cells = header.split(',');
  return names.map((name) => {
    const position = cells.indexOf(name);
    if (position === -1)
      throw badRow(row, `is not a header with the columns ${names.join(', ')}: there is no ${name}.`);
    return position;
  });
}

/** A non-negative integer. */
export function readCount(cell: string | undefined, column: string, row: number): number {
  const count = /^\d{1,16}$/.test(cell ?? '') ? Number(cell) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  throw badRow(row, `${column} is not a non-negative integer.`);
}

/** A non-negative decimal number. */
export function readDecimal(cell: string | undefined, column: string, row: number): number {
  const value = /^\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(cell ?? '') ? Number(cell) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw badRow(row, `${column} is not a non-negative number.`);
}
