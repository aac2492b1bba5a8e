/**
 * The columns of the ledger's `events` table, derived from the field table of the
 * event plus what the server adds. The migrations spell them out for the engine; a
 * test holds the two against each other.
 */

import { type EventField, eventFieldNames, eventFields, type FieldKind } from '@bellwether/events';

const typeOfKind: Record<FieldKind, string> = {
  label: 'LowCardinality(String)',
  text: 'String',
  choice: 'LowCardinality(String)',
  instant: "DateTime64(9, 'UTC')",
  count: 'Nullable(UInt64)',
  duration: 'Nullable(Float64)',
  score: 'Nullable(Float64)',
  money: 'Nullable(Decimal(38, 12))',
  flag: 'Nullable(Bool)',
  attributes: 'Map(LowCardinality(String), String)',
};

/** A column: its name and its ClickHouse type. */
export interface LedgerColumn {
  readonly name: string;
  readonly type: string;
}

const before: readonly LedgerColumn[] = [
  { name: 'journal', type: 'LowCardinality(String)' },
  { name: 'seq', type: 'UInt64' },
  { name: 'live', type: 'Bool' },
  { name: 'received_at', type: "DateTime64(3, 'UTC')" },
];

const after: readonly LedgerColumn[] = [
  { name: 'price_source', type: 'LowCardinality(String)' },
  { name: 'price_version', type: 'LowCardinality(String)' },
  { name: 'price_id', type: 'LowCardinality(String)' },
];

/** Columns of `events` that are of use to this server only: no export and no archive has them. */
export const internalColumns: readonly LedgerColumn[] = [{ name: 'fingerprint', type: 'UInt32' }];

/** The other columns of `events`, in order. */
export const ledgerColumns: readonly LedgerColumn[] = [
  ...before,
  ...eventFieldNames.map((name: EventField) => ({ name, type: typeOfKind[eventFields[name].kind] })),
  ...after,
];
