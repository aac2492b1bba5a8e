/** What a verification compares, and how it says so. */

/** One comparison. Amounts are texts, since they are exact. */
export interface Comparison {
  /** What is compared, e.g. `journal and ledger, 2026-11-20, events`. */
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly equal: boolean;
}

/** Compares two amounts by their texts. */
export function compare(
  name: string,
  expected: number | bigint | string,
  actual: number | bigint | string,
): Comparison {
  return {
    name,
    expected: String(expected),
    actual: String(actual),
    equal: String(expected) === String(actual),
  };
}

/** The comparison that says how many rows are on their way from the journal to the ledger. */
export const ROWS_WAITING = 'rows the ledger does not have yet';
