/** FOCUS rows as CSV and JSON, in the order of the column table. */

import { csvCell, harmlessText } from '../csv-cell.ts';
import { focusColumns, type FocusName, focusNames, type FocusRow } from './columns.ts';

/** The first line of a CSV file. */
export const focusCsvHeader: string = focusNames.join(',');

/** A row as a line of CSV, without a line end. */
export function focusCsvLine(row: FocusRow): string {
  return focusNames.map((name) => cell(name, row[name])).join(',');
}

function cell(name: FocusName, value: string | null): string {
  if (value === null) return '';
  // Numbers and instants are ours, so that only texts can hold what somebody sent.
  const { type } = focusColumns[name];
  return csvCell(type === 'text' || type === 'object' ? harmlessText(value) : value);
}

/** A row as a JSON object: decimals as text, since JSON numbers would round them. */
export function focusJsonLine(row: FocusRow): string {
  return JSON.stringify(Object.fromEntries(focusNames.map((name) => [name, row[name]])));
}

/** The rows' structure as the engine reads it from JSON lines. */
export const focusStructure: string = focusNames
  .map((name) => {
    const { type, nullable } = focusColumns[name];
    // 38 digits: as many as a decimal of the engine and of Parquet readers has.
    const engine = type === 'decimal' ? 'Decimal(38, 18)' : type === 'instant' ? "DateTime('UTC')" : 'String';
    return `${name} ${nullable ? `Nullable(${engine})` : engine}`;
  })
  .join(', ');
