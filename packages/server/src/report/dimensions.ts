/**
 * The dimensions that figures can be grouped by, and the SQL each stands for. What
 * a caller sends is looked up here and never put into a statement.
 */

import { BellwetherError, declarationOf, type EventField, eventFieldNames } from '@bellwether/events';
import type { Key } from '../rollups/plan.ts';

const fields = eventFieldNames.filter(
  (name) => ['label', 'choice'].includes(declarationOf(name).kind) || name === 'user_id',
);

const expressions = new Map<string, string>([
  ...fields.map((name): [EventField, string] => [name, name]),
  ['hour', "formatDateTime(timestamp, '%Y-%m-%dT%H:00:00Z', 'UTC')"],
  ['day', "formatDateTime(timestamp, '%Y-%m-%d', 'UTC')"],
  ['month', "formatDateTime(timestamp, '%Y-%m', 'UTC')"],
]);

const cellWidths: ReadonlyMap<string, number> = new Map([
  ['hour', 3600],
  ['day', 86_400],
  ['month', 86_400],
]);

/** The dimensions that charges have too, which are kept by the day. */
const ofCharges = new Map<string, string>([
  ...['tenant', 'provider', 'model', 'team', 'application'].map((name): [string, string] => [name, name]),
  ['day', "formatDateTime(toDateTime(day, 'UTC'), '%Y-%m-%d', 'UTC')"],
  ['month', "formatDateTime(toDateTime(day, 'UTC'), '%Y-%m', 'UTC')"],
]);

/** Dimensions of one question. */
const DIMENSIONS_MAX = 4;

/** The names that can be asked for. */
export const dimensionNames: readonly string[] = [...expressions.keys()];

/** A dimension of a question: its name and its SQL. */
export interface Dimension {
  readonly name: string;
  readonly sql: string;
  /** True for hour, day and month. */
  readonly isTime: boolean;
  /** The SQL over cells of rollups, and the widest ones, in seconds, that have one value only. */
  readonly cellsSql: string;
  readonly cellsWidthMax: number;
  /** The SQL over charges, which are kept longer than events; null where charges do not have the dimension. */
  readonly chargesSql: string | null;
}

/**
 * Reads a comma-separated list of dimensions.
 *
 * @throws BellwetherError `invalid_parameter` for an unknown name and for too many.
 */
export function readDimensions(list: string): Dimension[] {
  const names = [
    ...new Set(
      list
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  ];
  if (names.length > DIMENSIONS_MAX) {
    throw new BellwetherError('invalid_parameter', `At most ${DIMENSIONS_MAX} dimensions can be combined.`, {
      field: 'by',
    });
  }
  return names.map((name) => {
    const sql = expressions.get(name);
    if (sql === undefined) {
      throw new BellwetherError(
        'invalid_parameter',
        `There is no dimension of that name; there are ${dimensionNames.join(', ')}.`,
        {
          field: 'by',
        },
      );
    }
    return {
      name,
      sql,
      isTime: ['hour', 'day', 'month'].includes(name),
      cellsSql: sql.replace('timestamp', 'at'),
      cellsWidthMax: cellWidths.get(name) ?? Number.POSITIVE_INFINITY,
      chargesSql: ofCharges.get(name) ?? null,
    };
  });
}

/** Dimensions as keys of a question for figures: `key_0`, `key_1`, …, each a text. */
export function keysOf(by: readonly Dimension[]): Key[] {
  return by.map(({ sql, cellsSql, cellsWidthMax }, i) => ({
    alias: `key_${i}`,
    ofRows: `toString(${sql})`,
    ofCells: `toString(${cellsSql})`,
    widthMax: cellsWidthMax,
  }));
}
