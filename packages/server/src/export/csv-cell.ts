/**
 * Cells of CSV files that hold what somebody sent. A spreadsheet takes a text that
 * begins with one of a few characters for a formula and runs it, so an apostrophe
 * goes before those; what is a plain number stays as it is.
 */

/** What a spreadsheet would take for a formula; a character class that the engine reads too. */
export const FORMULA_START = '^[=+@\\t\\r-]';
/** A number as people and programs write it, which is no formula whatever its sign. */
export const PLAIN_NUMBER = '^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$';

const formula = new RegExp(FORMULA_START);
const plainNumber = new RegExp(PLAIN_NUMBER);

/** A text that no spreadsheet runs. */
export function harmlessText(text: string): string {
  return formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
}

/** A cell, in quotes where CSV needs them. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
